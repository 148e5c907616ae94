/**
 * The one key that no payload may have at its root: under it a point's entry holds the sparse and multi vectors.
 */
export const reservedKey = "\u0000";
