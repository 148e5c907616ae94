/** The systemd unit in deploy/: what it starts is understood by `franca serve`, and the unit by systemd. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../rules/sources.ts";
import { workshop } from "./cli.ts";

const unit = readFileSync(join(root, "deploy/systemd/franca.service"), "utf8");
const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe("deploy/systemd", () => {
  it("starts franca with settings that it knows", async () => {
    const { franca, write } = workshop();
    write("franca.yaml", readFileSync(join(root, "deploy/systemd/franca.yaml")));
    const [, words] = /^ExecStart=\/usr\/bin\/franca (.+)$/m.exec(unit) ?? [];
    const args = words!.replace("/etc/franca/franca.yaml", "franca.yaml").split(" ");
    const { code, stdout, stderr } = await franca(...args, "--print-config");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^keys-file: \/etc\/franca\/keys.json +# franca.yaml$/m);
  });

  it.skipIf(!hasSystemd)(
    "is understood by systemd, to the last line (skipped where there is no systemd-analyze)",
    () => {
      const { folder, write } = workshop();
      write("franca.service", unit.replace("/usr/bin/franca", process.execPath));
      const { status, stderr } = spawnSync(
        "systemd-analyze",
        ["verify", "--man=no", join(folder, "franca.service")],
        {
          encoding: "utf8",
        },
      );
      const ours = stderr.split("\n").filter((line) => line.includes("franca.service"));
      expect([status, ours], stderr).toEqual([0, []]);
    },
  );
});
