/**
 * The signal by which a call can be stopped, at the border.
 */
import { badInput, plainObject, rejectKeys } from "./bad-input.ts";

/** @throws FrancaError invalid_argument */
export function checkSignal(value: unknown, where: string): AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw badInput(where, "an AbortSignal", value ?? String(value));
}

/** The signal of options that hold nothing else. @throws FrancaError invalid_argument */
export function checkSignalOptions(input: unknown, where: string): AbortSignal | undefined {
  const { signal, ...others } = plainObject(input, where, "{signal}");
  rejectKeys(others, where, "signal");
  return checkSignal(signal, `${where}.signal`);
}
