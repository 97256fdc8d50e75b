// Reads an OpenAPI document and writes its types. This folder is a workspace of
// its own, since the generator needs a TypeScript with an API, which the page's
// compiler has none of.
import { json } from "node:stream/consumers";
import openapiTS, { astToString } from "openapi-typescript";

const doc = await json(process.stdin);
for (const operation of Object.values(doc.paths).flatMap((methods) => Object.values(methods))) {
  for (const [status, answer] of Object.entries(operation.responses)) {
    delete answer.headers;
    if (status >= "400") delete operation.responses[status]; // a Problem, whatever was asked
  }
}
const types = await openapiTS(doc, { alphabetize: true, arrayLength: true, defaultNonNullable: false });
process.stdout.write(`// Generated from the server's OpenAPI document: run make client.\n\n${astToString(types)}`);
