/** The demo answers each of its questions from the page that holds the answer, and doctor finds a healthy house. */
import { expect, test } from "vitest";
import { demoQuestions } from "../../src/cli/demo.ts";
import { workshop } from "./cli.ts";

test("each of the demo's questions is answered from the right document", async () => {
  const { code, stdout, stderr } = await workshop().franca("demo", "--json");
  expect(code, stderr).toBe(0);
  const { asked, search, cost } = JSON.parse(stdout);
  expect(asked).toHaveLength(demoQuestions.length);
  for (const [i, { from, question }] of demoQuestions.entries())
    expect([asked[i].answer.question, asked[i].answer.citations[0]?.source]).toEqual([question, from]);
  expect(search.hits.length).toBeGreaterThan(0);
  for (const hit of search.hits) expect(hit.source).toBe(search.source);
  expect(cost.memoryBytes).toBeGreaterThan(0);
});

test("the demo shows answers with their sources, and leaves nothing behind", async () => {
  const { code, stdout } = await workshop().franca("demo");
  expect(code).toBe(0);
  for (const { question, from } of demoQuestions) {
    expect(stdout).toContain(question);
    expect(stdout).toContain(`[1] ${from}:`);
  }
  expect(stdout.split("\n").length).toBeLessThan(60);
});

test("doctor tells the kernel, Node, the model and the database", async () => {
  const { franca, write } = workshop();
  write("a.txt", "Text.");
  await franca("add", "a.txt");
  const { code, stdout } = await franca("doctor", "--json");
  expect(code, stdout).toBe(0);
  const { healthy, findings } = JSON.parse(stdout);
  expect(healthy).toBe(true);
  expect(findings.map((finding: { name: string }) => finding.name)).toEqual([
    "kernel",
    "node",
    "embedder",
    "database",
  ]);
  expect(findings[3].details).toContain("documents: 1 point");
  write("file", "no database");
  expect((await franca("doctor", "--db", "file")).code).toBe(1);
});
