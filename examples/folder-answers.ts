// Retrieval-augmented generation over a folder: kept up to date, with progress, answered with verbatim quotes.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { open, staticEmbedder } from "franca";
import { ask, findFiles, ingest } from "franca/rag";

await mkdir("handbook", { recursive: true });
await writeFile("handbook/leave.md", "# Leave\n\n## Parents\n\nParents take twelve weeks of paid leave.\n");
await writeFile("handbook/travel.html", "<h1>Travel</h1><p>Trains are booked in second class.</p>");

const store = await open("handbook.franca");
const embedder = await staticEmbedder();
async function update(): Promise<void> {
  const report = await ingest({
    store,
    embedder,
    collection: "handbook",
    ...(await findFiles(["handbook"], process.cwd())),
    onProgress: ({ files, chunks }) => console.log(`${files.done}/${files.total} files, ${chunks} chunks`),
  });
  console.log(report.files, report.chunks);
}

await update();
await rm("handbook/travel.html");
await update();

const collection = await store.collection("handbook");
const answer = await ask({ collection, embedder, question: "How many weeks of leave do parents take?" });
console.log(answer.text);
for (const { source, span, quote } of answer.citations) {
  const verbatim = (await readFile(source, "utf8")).slice(...span);
  if (verbatim !== quote) throw new Error(`${source} says "${verbatim}"`);
}
await store.close();
