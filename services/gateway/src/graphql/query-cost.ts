import { GraphQLError, Kind } from 'graphql';
import type {
  ASTVisitor,
  FieldNode,
  FragmentDefinitionNode,
  SelectionSetNode,
  ValidationContext,
} from 'graphql';
import { LARGEST_PAGE } from './resolvers.ts';

/** How deep a query may be: the schema's own depth is 5 (appointments, nodes, patient, name, given). */
const MAX_DEPTH = 8;
/** A full page of appointments with every field of patient and practitioner costs about 3,000. */
const MAX_COST = 5_000;
const DEFAULT_PAGE = 20;

/** What a query asks for. */
export interface QueryCost {
  readonly depth: number;
  /** Fields to be resolved, a list's times its length. */
  readonly cost: number;
}

type Fragments = (name: string) => FragmentDefinitionNode | null | undefined;

/**
 * The depth and cost of a selection, before anything is executed. Introspection is free: its depth is bounded by its own
 * rule. A fragment that contains itself counts as too deep.
 */
export function costOf(selections: SelectionSetNode, fragments: Fragments, depth = 1): QueryCost {
  if (depth > MAX_DEPTH) return { depth, cost: 0 };
  let deepest = depth;
  let cost = 0;
  for (const selection of selections.selections) {
    const part =
      selection.kind === Kind.FIELD
        ? fieldCost(selection, fragments, depth)
        : spreadCost(
            selection.kind === Kind.FRAGMENT_SPREAD ? fragments(selection.name.value) : selection,
            fragments,
            depth,
          );
    deepest = Math.max(deepest, part.depth);
    cost += part.cost;
    if (cost > MAX_COST || deepest > MAX_DEPTH) break; // enough is known: do not walk on for an attacker
  }
  return { depth: deepest, cost };
}

function fieldCost(field: FieldNode, fragments: Fragments, depth: number): QueryCost {
  if (field.name.value.startsWith('__')) return { depth, cost: 1 };
  if (!field.selectionSet) return { depth, cost: 1 };
  const inner = costOf(field.selectionSet, fragments, depth + 1);
  return { depth: inner.depth, cost: 1 + inner.cost * lengthOf(field) };
}

function spreadCost(
  spread: { readonly selectionSet: SelectionSetNode } | null | undefined,
  fragments: Fragments,
  depth: number,
): QueryCost {
  if (!spread) return { depth, cost: 1 };
  // a level and a cost of its own, so that fragments full of fragments end soon, also when one contains itself
  const inner = costOf(spread.selectionSet, fragments, depth + 1);
  return { depth: inner.depth, cost: 1 + inner.cost };
}

/** How many items a field may give; a variable counts as the most. */
function lengthOf(field: FieldNode): number {
  if (field.name.value !== 'appointments') return 1;
  const first = field.arguments?.find((argument) => argument.name.value === 'first')?.value;
  if (!first) return DEFAULT_PAGE;
  return first.kind === Kind.INT ? Math.min(LARGEST_PAGE, Math.max(1, Number(first.value))) : LARGEST_PAGE;
}

/** Refuses operations that are too deep or too costly (a validation rule of graphql-js). */
export function limitCost(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation): void {
      const { depth, cost } = costOf(operation.selectionSet, (name) => context.getFragment(name));
      if (depth > MAX_DEPTH)
        context.reportError(new GraphQLError(`The query is deeper than ${String(MAX_DEPTH)}`));
      if (cost > MAX_COST)
        context.reportError(new GraphQLError(`The query costs more than ${String(MAX_COST)}`));
    },
  };
}
