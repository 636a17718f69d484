import {
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isScalarType,
} from 'graphql';

/** Where a schema is no part of a vendor's: what it has beyond it, or says differently, and what it does not demand. */
export function beyondVendor(subset: GraphQLSchema, vendor: GraphQLSchema): string[] {
  return Object.values(subset.getTypeMap())
    .filter((type) => !isIntrospectionType(type))
    .flatMap((type) => {
      const known = vendor.getType(type.name);
      return known ? differences(type, known) : [`${type.name} is unknown`];
    });
}

function differences(type: GraphQLNamedType, known: GraphQLNamedType): string[] {
  const found: string[] = [];
  const { name } = type;
  if ((isObjectType(type) && isObjectType(known)) || (isInterfaceType(type) && isInterfaceType(known))) {
    for (const { name: wanted } of type.getInterfaces())
      if (!known.getInterfaces().some((one) => one.name === wanted)) found.push(`${name} is no ${wanted}`);
    for (const field of Object.values(type.getFields())) {
      const place = `${name}.${field.name}`;
      const vendors = known.getFields()[field.name];
      if (!vendors) {
        found.push(`${place} is unknown`);
        continue;
      }
      if (String(vendors.type) !== String(field.type)) found.push(`${place} is ${vendors.type}`);
      for (const argument of field.args) {
        const one = vendors.args.find((other) => other.name === argument.name);
        if (!one) found.push(`${place}(${argument.name}) is unknown`);
        else if (String(one.type) !== String(argument.type))
          found.push(`${place}(${argument.name}) is ${one.type}`);
      }
      for (const argument of vendors.args.filter(isRequiredArgument))
        if (!field.args.some((other) => other.name === argument.name))
          found.push(`${place}(${argument.name}) is demanded`);
    }
  } else if (isInputObjectType(type) && isInputObjectType(known)) {
    for (const field of Object.values(type.getFields())) {
      const vendors = known.getFields()[field.name];
      if (!vendors) found.push(`${name}.${field.name} is unknown`);
      else if (String(vendors.type) !== String(field.type))
        found.push(`${name}.${field.name} is ${vendors.type}`);
    }
    for (const field of Object.values(known.getFields()).filter(isRequiredInputField))
      if (!type.getFields()[field.name]) found.push(`${name}.${field.name} is demanded`);
  } else if (isEnumType(type) && isEnumType(known)) {
    const values = new Set(known.getValues().map((value) => value.name));
    for (const value of type.getValues())
      if (!values.has(value.name)) found.push(`${name}.${value.name} is unknown`);
  } else if (!(isScalarType(type) && isScalarType(known))) found.push(`${name} is of another kind`);
  return found;
}
