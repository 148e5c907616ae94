/** A write's span: checked and encoded, waiting for its turn, appended and synced with its group, applied. */
import type { WriteResult } from "../../model/result.ts";
import { addStages, type Stage, traced } from "../../telemetry.ts";
import type { GroupTimes, Write, Writer } from "./writer.ts";

export function submitTraced(
  writer: Writer,
  collection: string,
  kind: "upsert" | "update" | "delete",
  make: () => Write,
): Promise<WriteResult> {
  const attributes = () => ({ "franca.collection": collection });
  return traced(`franca.${kind}`, attributes, async (span) => {
    if (span === undefined) return writer.submit(make());
    const startMs = performance.now();
    const write = make();
    const madeMs = performance.now();
    addStages(span, [{ name: "franca.validate", startMs, timeMs: madeMs - startMs }]);
    const times: Partial<GroupTimes> = {};
    // Not a copy: what it touches is known later.
    write.times = times;
    const result = await writer.submit(write);
    addStages(span, stagesOf(madeMs, times as GroupTimes));
    span.setAttribute("franca.points", result.count);
    return result;
  });
}

function stagesOf(madeMs: number, { startMs, appendedMs, appliedMs, writes }: GroupTimes): Stage[] {
  return [
    { name: "franca.wait", startMs: madeMs, timeMs: startMs - madeMs },
    {
      name: "franca.append",
      startMs,
      timeMs: appendedMs - startMs,
      attributes: { "franca.writes_together": writes },
    },
    { name: "franca.apply", startMs: appendedMs, timeMs: appliedMs - appendedMs },
  ];
}
