#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { processTerminal } from './terminal.ts';

// What was compiled once is read the next time.
enableCompileCache();
const { run } = await import('./program.ts');
process.exitCode = await run(process.argv.slice(2), processTerminal());
