/**
 * What both ends of Franca's own wire agree on; the remote store reads it too.
 *
 *  - Bodies are the objects of src/model as JSON: dates as ISO strings, vectors as lists of numbers. Integers beyond
 *    ±(2^53 − 1) are digits, exact in both directions: a client's parser must give bigints for ids. What a Store returns as
 *    undefined in a list (a point that is not there) is null. A number that JSON lacks (an infinite distance) is 1e999,
 *    which parsers read as it is meant.
 *  - A request of content-type `frameType` is a frame (frame.ts). A reply is one where `accept` names it; errors and streams
 *    are JSON always.
 *  - Nothing else is taken: no unknown keys in bodies, no unknown parameters in the URL.
 *  - The lines of a stream (`linesType`) are JSON objects; the last is {"done":true} or {"error":…}. A stream that ends
 *    without one of these was cut off.
 *  - Errors are {"error":{code,message,details}}, with the HTTP status of src/errors.ts.
 *  - URL parsers take "." and ".." in a path for themselves, percent signs or not: collections of these names can only be
 *    reached by a client that sends its path as it is.
 */
export { frameType } from "./frame.ts";

export const root = "/franca/v1";

export const linesType = "application/x-ndjson";

/** Milliseconds that the request may take, from its arrival. */
export const timeoutHeader = "x-timeout-ms";
