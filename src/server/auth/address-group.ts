/** Whom an address stands for: itself, or the /64 network that one customer of IPv6 can choose addresses from at will. */
import { isIPv6 } from "node:net";

export function addressGroup(address: string | undefined): string {
  if (address === undefined) return "unknown";
  const bare = address.replace(/%.*$/, "").toLowerCase();
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare) ?? [];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(bare)) return bare;
  const [before = "", after] = bare.split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const zeros = after === undefined ? [] : Array<string>(8 - head.length - tail.length).fill("0");
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`;
}
