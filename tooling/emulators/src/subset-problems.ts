import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputField,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** Where a subset of a vendor's schema says something else than the vendor's own description. */
export function subsetProblems(subset: string, vendors: string): string[] {
  const ours = buildSchema(subset);
  const theirs = buildSchema(vendors, { assumeValid: true, assumeValidSDL: true });
  const problems: string[] = [];
  const compare = (what: string, mine: unknown, other: unknown): void => {
    if (String(mine) !== String(other)) problems.push(`${what} is ${String(other)}, and not ${String(mine)}`);
  };
  for (const [name, type] of Object.entries(ours.getTypeMap())) {
    if (name.startsWith('__')) continue;
    const other = theirs.getType(name);
    if (!other) {
      problems.push(`there is no type ${name}`);
      continue;
    }
    if (isEnumType(type)) {
      const values = isEnumType(other) ? other.getValues().map((value) => value.name) : [];
      for (const value of type.getValues())
        if (!values.includes(value.name)) problems.push(`${name} has no value ${value.name}`);
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      const held = isObjectType(other) || isInterfaceType(other) ? other.getInterfaces() : [];
      for (const { name: wanted } of type.getInterfaces())
        if (!held.some((one) => one.name === wanted)) problems.push(`${name} is no ${wanted}`);
    }
    if (!(isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))) continue;
    const fields: Record<string, GraphQLField<unknown, unknown> | GraphQLInputField> =
      isObjectType(other) || isInterfaceType(other) || isInputObjectType(other) ? other.getFields() : {};
    for (const [field, definition] of Object.entries(type.getFields())) {
      const found = fields[field];
      if (!found) {
        problems.push(`${name} has no field ${field}`);
        continue;
      }
      compare(`${name}.${field}`, definition.type, found.type);
      for (const argument of 'args' in definition ? definition.args : []) {
        const given = 'args' in found ? found.args.find((one) => one.name === argument.name) : undefined;
        compare(`${name}.${field}(${argument.name})`, argument.type, given?.type);
      }
    }
  }
  return problems;
}
