/** What the server says of itself. */
import type { Handler } from "../handler.ts";
import { versionInfo } from "../version.ts";

export const root: Handler<typeof versionInfo> = () => versionInfo;
