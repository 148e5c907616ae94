export function dashboard(): unknown;
