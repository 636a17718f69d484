import { SET_FIELDS } from '../model/equality.ts';
import { mergeSet } from './merge-set.ts';
import { type FieldMerge, type FieldState, mergeValue } from './merge-value.ts';

/** Merges one field, as a set or as a value. */
export function mergeField(state: FieldState): FieldMerge {
  return SET_FIELDS.has(state.path) ? mergeSet(state) : mergeValue(state);
}
