/** The machine's time: a command that waits before it asks once more must not end meanwhile. */
export { commandClock as clock } from '@careplane/operator/runtime/clock';
