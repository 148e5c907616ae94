// Writes docs/openapi.json: `npm run build && node scripts/write-openapi.mjs`. A test says when it is to be done again.
import { writeFileSync } from "node:fs";
import { openApiOf } from "../dist/dialects/franca/openapi.js";
import { operations } from "../dist/dialects/franca/operations.js";

const file = new URL("../docs/openapi.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(openApiOf(operations), undefined, 2)}\n`);
