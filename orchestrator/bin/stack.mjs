/** Stacks of a bundle with the places of its sources, whose maps are read when the first one is shown. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

const PLACE = /(file:\/\/[^\s()]+):(\d+):(\d+)/;

const maps = new Map();

/** As V8 writes it; files of the project are named by their paths in it. */
export function stackOf(error, frames) {
  // Libraries make an error without a word to look from where they were called (agent-base does); to read a map for that is dear.
  const isShown = error instanceof Error && error.message !== '';
  const lines = frames.map((frame) => `\n    at ${isShown ? String(frame).replace(PLACE, inSource) : frame}`);
  return `${headOf(error)}${lines.join('')}`;
}

function inSource(written, file, line, column) {
  if (!maps.has(file)) maps.set(file, mapOf(file));
  const { fileName, lineNumber, columnNumber } = maps.get(file)?.findOrigin(Number(line), Number(column)) ?? {};
  return fileName === undefined ? written : `${fileName}:${lineNumber}:${columnNumber}`;
}

function mapOf(file) {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(file)}.map`, 'utf8')));
  } catch {
    // Code from elsewhere is where it says.
    return undefined;
  }
}

function headOf(error) {
  try {
    return String(error);
  } catch {
    return 'Error';
  }
}
