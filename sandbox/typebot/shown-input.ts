import { isMap } from '../shared/params';
import type { Fields, Item } from './blocks';
import { variableIdIn, type Bot, type PlacedInput } from './bot';
import { steadyId } from './ids';
import { asText, fillIn, fillText, isList, type Lookup } from './variables';

export type ShownInput = Fields & { id: string; type: string };

/** The input as the client gets it. */
export function shownInput(bot: Bot, block: PlacedInput, lookup: Lookup): ShownInput {
  const { id, type, save } = block;
  const items = type === 'cards' || type.includes('choice') ? { items: shownItems(block, lookup) } : {};
  const options = fillIn(ownOptions(bot, block), lookup);
  const prefilled = save === undefined || 'items' in items ? undefined : lookup(save);
  return {
    id,
    type,
    ...items,
    ...(isMap(options) && Object.keys(options).length > 0 ? { options } : {}),
    ...(typeof prefilled === 'string' ? { prefilledValue: prefilled } : {}),
    ...(type === 'payment input' ? { runtimeOptions: paymentOptions(block) } : {}),
  };
}

function ownOptions(
  bot: Bot,
  { options, save, attachmentsTo, audioTo, itemsFrom, ...block }: PlacedInput,
): Fields {
  const pairs = Object.entries(block.saveFields ?? {});
  const named: Fields = {
    ...options,
    variableId: variableIdIn(bot, save),
    dynamicVariableId: variableIdIn(bot, itemsFrom),
    attachments: attachmentsTo && { isEnabled: true, saveVariableId: variableIdIn(bot, attachmentsTo) },
    audioClip: audioTo && { isEnabled: true, saveVariableId: variableIdIn(bot, audioTo) },
    saveResponseMapping:
      pairs.length === 0
        ? undefined
        : pairs.map(([field, name]) => ({ field, variableId: variableIdIn(bot, name) })),
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function shownItems(block: PlacedInput, lookup: Lookup): Fields[] {
  return displayedItems(block, lookup).map(({ to, paths, internalValue, ...item }) => ({
    ...item,
    ...(block.itemsFrom === undefined ? {} : { blockId: block.id }),
    ...(internalValue === undefined ? {} : { options: { internalValue } }),
    ...(paths
      ? { paths: paths.map(({ to: pathTo, ...path }) => ({ ...path, ...edge(pathTo, path.id) })) }
      : {}),
    ...edge(to, item.id),
  }));
}

function edge(to: string | undefined, from = ''): Fields {
  return to === undefined ? {} : { outgoingEdgeId: steadyId('edge', from) };
}

/** With everything filled in, as the reply is compared with it. */
export function displayedItems({ items, itemsFrom }: PlacedInput, lookup: Lookup): Item[] {
  if (itemsFrom !== undefined) return itemsOf(lookup(itemsFrom));
  const fill = (words: string | undefined): string | undefined => words && fillText(words, lookup);
  return items.map((item) => ({
    ...item,
    ...ofThoseThere({
      content: fill(item.content),
      value: fill(item.value),
      title: fill(item.title),
      description: fill(item.description),
      pictureSrc: fill(item.pictureSrc),
      imageUrl: fill(item.imageUrl),
      internalValue: fill(item.internalValue),
    }),
  }));
}

function ofThoseThere(texts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const there: Record<string, string> = {};
  for (const [name, words] of Object.entries(texts)) if (words !== undefined) there[name] = words;
  return there;
}

/** Ids that other questions have as well. */
function itemsOf(value: ReturnType<Lookup>): Item[] {
  const entries = isList(value) ? value.map(asText) : [asText(value)];
  return [...new Set(entries)]
    .filter((entry) => entry !== '')
    .map((content, index) => ({ id: `choice${index}`, content }));
}

function paymentOptions({ id, options }: PlacedInput): Fields {
  return {
    paymentIntentSecret: `pi_${id}_secret_${steadyId(id, 'secret')}`,
    amountLabel: `${options.amount ?? ''} ${options.currency ?? ''}`.trim(),
    publicKey: 'pk_test_sandbox',
  };
}
