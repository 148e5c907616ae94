/** The Qdrant whose wire this is: clients compare it with their own version, and are content within one minor. */
export const qdrantVersion = "1.18.3";
/** What GET / and telemetry say of this server. */
export const versionInfo: { title: string; version: string; commit: string } = {
  title: "qdrant - vector search engine",
  version: qdrantVersion,
  commit: "0000000000000000000000000000000000000000",
};
