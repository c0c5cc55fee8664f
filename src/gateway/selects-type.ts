import { Kind, type FragmentDefinitionNode, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql';

/** Whether an operation selects anything of one member of the union that its field gives. */
export function selectsType(
  { fieldNodes, fragments }: Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>,
  typeName: string,
): boolean {
  const seen = new Set<string>();

  function inSet(set: SelectionSetNode | undefined): boolean {
    return (
      set?.selections.some((selection) => {
        if (selection.kind === Kind.FIELD) return false;
        if (selection.kind === Kind.FRAGMENT_SPREAD) return inSpread(selection.name.value);
        return selection.typeCondition?.name.value === typeName || inSet(selection.selectionSet);
      }) ?? false
    );
  }
  function inSpread(name: string): boolean {
    const fragment: FragmentDefinitionNode | undefined = fragments[name];
    if (fragment === undefined || seen.has(name)) return false;
    seen.add(name);
    return fragment.typeCondition.name.value === typeName || inSet(fragment.selectionSet);
  }

  return fieldNodes.some(({ selectionSet }) => inSet(selectionSet));
}
