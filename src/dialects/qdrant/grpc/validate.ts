/** What Qdrant's gRPC refuses of a message before it is looked at: names that are none, times that are none, empty batches. */
import { validationError } from "../errors.ts";

/** What messages have in common. */
export interface Common {
  readonly collection_name?: string;
  readonly field_name?: string;
  readonly group_by?: string;
  /** In seconds. */
  readonly timeout?: number | bigint;
  /** Of a batch. */
  readonly searches?: readonly Common[];
  readonly operations?: readonly unknown[];
}

const mostNameCharacters = 255;

/** @param message its name. @throws FrancaError invalid_argument, in Qdrant's words */
export function expectValid(message: string, request: Common): void {
  expectName(request, "collection_name");
  for (const member of ["field_name", "group_by"] as const) {
    if (request[member] === "")
      throw validationError(member, 'value "" invalid, must be at least 1 characters');
  }
  if (request.timeout === 0) throw validationError("timeout", "value 0 invalid, must be 1 or larger");
  if (request.operations?.length === 0)
    throw validationError("operations", "value [] invalid, must be at least 1 characters");
  if (request.searches !== undefined) expectNames(message, request.searches);
}

function expectNames(message: string, searches: readonly Common[]): void {
  // "SearchBatchPoints" has "search_points".
  const list = `${message.replace("BatchPoints", "").toLowerCase()}_points`;
  for (const [i, search] of searches.entries()) expectName(search, `${list}[${i}].collection_name`);
}

function expectName({ collection_name: name }: Common, path: string): void {
  if (name === undefined || (name.length >= 1 && name.length <= mostNameCharacters)) return;
  const shown = JSON.stringify(name.slice(0, 300));
  throw validationError(path, `value ${shown} invalid, must be from 1 to ${mostNameCharacters} characters`);
}
