/** Something that listens on a port, whatever it speaks there. */
import type { AddressInfo, Server } from "node:net";
import { FrancaError } from "../errors.ts";

export interface Listener {
  /** "franca rest", "franca+qdrant rest", "qdrant grpc". */
  readonly name: string;
  readonly port: number;
  connectionCount(): number;
  /** Takes no new connections, closes idle ones, and resolves when the last is closed. */
  close(): Promise<void>;
  /** Ends all connections at once. */
  destroy(): void;
}

/** The port. @throws FrancaError failed_precondition, permission_denied, invalid_argument, that name the port and what to do */
export async function listen(server: Server, host: string, port: number, name: string): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, backlog: 1024 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    throw cannotListen(error as NodeJS.ErrnoException, host, port, name);
  }
  return (server.address() as AddressInfo).port;
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number, name: string): FrancaError {
  const where = `${host} port ${port} (${name})`;
  const details = { host, port, listener: name };
  switch (error.code) {
    case "EADDRINUSE":
      return new FrancaError(
        "failed_precondition",
        `${where} is taken by another process: stop it, or choose another port`,
        { cause: error, details },
      );
    case "EACCES":
      return new FrancaError(
        "permission_denied",
        `this process may not listen on ${where}: choose a port above 1023`,
        { cause: error, details },
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new FrancaError("invalid_argument", `${host} is no address of this machine (${name})`, {
        cause: error,
        details,
      });
    default:
      return new FrancaError("internal", `cannot listen on ${where}: ${error.message}`, {
        cause: error,
        details,
      });
  }
}
