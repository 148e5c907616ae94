// Documents in, a cited answer out.
import { open, staticEmbedder } from "franca";
import { ask, ingest, memoryFile } from "franca/rag";

const store = await open("quickstart.franca");
const embedder = await staticEmbedder();
const files = [memoryFile("tea.md", "# Tea\n\nGreen tea is brewed at 70 degrees for two minutes.")];
await ingest({ store, embedder, files });
const collection = await store.collection("documents");
console.log(await ask({ collection, embedder, question: "How hot is green tea brewed?" }));
await store.close();
