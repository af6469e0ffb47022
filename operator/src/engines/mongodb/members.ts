import { ELECTION_SETTINGS, type ReplicaSetConfig, type ReplicaSetView } from './replica-set.ts';

export interface WantedMembers {
  /** `host:port` of every member, in the order of their pods. */
  members: readonly string[];
  /** Members whose pods run: those that can be asked. */
  reachable: readonly string[];
}

/** One step; without a configuration and a step down it is a wait. */
export interface Move {
  config?: ReplicaSetConfig;
  /** The primary is to hand over. */
  stepDown?: boolean;
  /** Who comes in with the configuration. */
  joins?: string;
  /** What is going on, for people. */
  note: string;
}

/**
 * The next step on the way to the wanted members, `undefined` when there is nothing to do. Pure.
 * One voting member is added or removed at a time, as the server demands
 * (https://www.mongodb.com/docs/manual/reference/command/replSetReconfig/); additions come first, and no step may cost
 * the set its majority.
 */
export function nextMove(view: ReplicaSetView, wanted: WantedMembers): Move | undefined {
  const present = new Set(view.config.members.map(({ host }) => host));
  const missing = wanted.members.find((host) => !present.has(host));
  if (missing !== undefined) return join(view, missing, wanted.reachable);
  const surplus = [...present].filter((host) => !wanted.members.includes(host));
  return surplus.length === 0 ? tune(view) : leave(view, surplus, wanted.members);
}

/** Sets made by an earlier version, or changed by hand. Other settings stay as they are. */
function tune({ config }: ReplicaSetView): Move | undefined {
  const { settings = {} } = config;
  const isTuned = Object.entries(ELECTION_SETTINGS).every(([name, value]) => settings[name] === value);
  if (isTuned) return undefined;
  const tuned = { ...config, version: config.version + 1, settings: { ...settings, ...ELECTION_SETTINGS } };
  return { config: tuned, note: 'the election settings are brought in' };
}

/** A member that is still copying, or not there yet, counts against every majority: one after the other. */
function join(view: ReplicaSetView, host: string, reachable: readonly string[]): Move {
  const { members } = view.config;
  if (view.healthy.length < members.length) return { note: 'waiting for a new member to catch up' };
  if (!reachable.includes(host)) return { note: 'waiting for a new member to start' };
  const id = Math.max(-1, ...members.map(({ _id }) => _id)) + 1;
  return { ...change(view, [...members, { _id: id, host }]), joins: host };
}

/** The primary never leaves by itself: it hands over first. */
function leave(view: ReplicaSetView, surplus: readonly string[], staying: readonly string[]): Move {
  if (staying.some((host) => !view.healthy.includes(host)))
    return { note: 'waiting for the members that stay to be up before others leave' };
  if (view.primary !== undefined && surplus.includes(view.primary))
    return { stepDown: true, note: 'the primary hands over, since it has to leave' };
  const leaving = surplus.at(-1);
  return change(
    view,
    view.config.members.filter(({ host }) => host !== leaving),
  );
}

function change({ config }: ReplicaSetView, members: ReplicaSetConfig['members']): Move {
  const note = `the replica set goes from ${config.members.length} to ${members.length} members`;
  return { config: { ...config, version: config.version + 1, members }, note };
}
