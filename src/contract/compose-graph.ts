import { createHash } from 'node:crypto';
import { concatAST, type DocumentNode, print } from 'graphql';
import { buildGraph } from './build-graph.ts';
import { buildSchema } from './build-schema.ts';
import { type Contract, type OwnedFile, readContract } from './contract.ts';
import { type Finding, fileOf, lineOf } from './finding.ts';
import type { ContractFile, ContractProblem, Graph } from './graph.ts';
import { type ParsedFile, parseContractFile } from './parse-contract.ts';
import { type Core, readCore } from './read-core.ts';
import { createDirectiveReader, readDirectives } from './read-directives.ts';
import { earlyRules, rules } from './rules/rules.ts';
import { validateDepartment } from './validate-definitions.ts';

export interface ContractFiles {
  /** The hub's own types and directives. Trusted: the directives must be those that this code was written for. */
  readonly core: readonly ContractFile[];
  /** The departments' files: attacker-controlled. Each has a name of its own. */
  readonly sources: readonly ContractFile[];
}

export type Composition =
  | { readonly graph: Graph; readonly problems: readonly [] }
  | { readonly graph?: undefined; readonly problems: readonly ContractProblem[] };

/**
 * Composes the departments' files with the hub's own into one graph, or says everything that is wrong with them: all
 * problems of all files that can be parsed, sorted by file and line. Pure, and indifferent to the order of the files.
 * Never throws, whatever the departments' files hold, and never composes a part. Whether somebody may speak for the
 * department that a file names is for the caller to know.
 */
export function composeGraph({ core: coreFiles, sources }: ContractFiles): Composition {
  const core = parseAll(coreFiles);
  const hub = readCore(core.files);
  const departments = parseAll(sources);
  const parsing = [...core.problems, ...departments.problems];
  if (!hub.core) return refuse([...parsing, ...toProblems('sdl', hub.findings)]);
  const { contract, problems } = checkFiles(hub.core, departments.files);
  if (parsing.length + problems.length > 0) return refuse([...parsing, ...problems]);
  const { schema, findings } = buildSchema(contract);
  if (!schema) return refuse(toProblems('sdl', findings));
  const version = hashDocuments([...core.files, ...departments.files].map(({ document }) => document));
  return { graph: buildGraph(contract, schema, version), problems: [] };
}

/** Sorted by name, so that nothing depends on the order in which files were found. */
function parseAll(files: readonly ContractFile[]): {
  readonly files: readonly ParsedFile[];
  readonly problems: readonly ContractProblem[];
} {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  const results = sorted.map(parseContractFile);
  return {
    files: results.flatMap(({ parsed }) => parsed ?? []),
    problems: results.flatMap(({ problems }) => problems),
  };
}

function checkFiles(
  core: Core,
  files: readonly ParsedFile[],
): {
  readonly contract: Contract;
  readonly problems: readonly ContractProblem[];
} {
  const directives = files.map(({ document }) => readDirectives(document, core.schema));
  const values = new Map(directives.flatMap((read) => [...read.values]));
  const contract = readContract(core, files, createDirectiveReader(values));
  return {
    contract,
    problems: [
      ...directives.flatMap(({ findings }) => toProblems('directive-arguments', findings)),
      ...departmentDocuments(contract.files).flatMap((document) =>
        toProblems('sdl', validateDepartment(document, core.schema)),
      ),
      ...rules.flatMap(({ name, check }) => toProblems(name, check(contract))),
    ],
  };
}

/** What each department says, over all its files. Departments cannot clash: their realms are apart. */
function departmentDocuments(files: readonly OwnedFile[]): DocumentNode[] {
  const owners = new Set(files.map(({ owner }) => owner));
  return [...owners].map((owner) =>
    concatAST(
      files
        .filter((file) => file.owner === owner)
        .map(({ document, definitions }) => ({ ...document, definitions })),
    ),
  );
}

/** Messages are made of a file's own words, so they are kept short. */
const maxMessageLength = 300;

/** Per rule and file: a file that breaks a rule a thousand times has made its point, and hides nobody else's. */
const maxProblems = 200;

function toProblems(rule: string, findings: Iterable<Finding>): ContractProblem[] {
  const zh = [...earlyRules, ...rules].find(({ name }) => name === rule)?.zh ?? rule;
  const counts = new Map<string, number>();
  const problems: ContractProblem[] = [];
  for (const { node, message } of findings) {
    const file = fileOf(node);
    const count = counts.get(file) ?? 0;
    counts.set(file, count + 1);
    if (count >= maxProblems) continue;
    problems.push({
      file,
      line: lineOf(node),
      rule,
      message: `${zh}: ${message}`.slice(0, maxMessageLength),
    });
  }
  return problems;
}

function refuse(problems: readonly ContractProblem[]): Composition {
  return {
    problems: [...problems].sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1)),
  };
}

/** Over the text without comments and layout, whatever the files are called and in whichever order they come. */
function hashDocuments(documents: readonly DocumentNode[]): string {
  const texts = documents.map((document) => print(document)).sort();
  return `sha256:${createHash('sha256').update(JSON.stringify(texts)).digest('hex')}`;
}
