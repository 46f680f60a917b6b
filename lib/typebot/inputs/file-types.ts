/** The part of a name that tells what a file is, in small letters. */
export function extensionOf(name: string): string {
  return /\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** What a server that knows types of files only calls those that have several endings. */
const otherNames = new Map([
  ['jpg', 'jpeg'],
  ['jpe', 'jpeg'],
  ['jfif', 'jpeg'],
  ['tiff', 'tif'],
  ['oga', 'ogg'],
  ['opus', 'ogg'],
  ['mpga', 'mp3'],
]);

/** Types are written as `image/*`, `image/jpeg`, `.jpg` or `jpg`. */
function endingsIn(types: readonly string[]): string[] {
  return types
    .map((type) => type.trim().toLowerCase())
    .filter((type) => !type.includes('/'))
    .map(bare);
}

function bare(type: string): string {
  return type.replace(/^\*?\./, '');
}

/** Whether no server would take a file of this name: only then is it worth refusing here. */
export function isSurelyRefused(name: string, types: readonly string[]): boolean {
  const endings = endingsIn(types);
  const extension = extensionOf(name);
  if (endings.length < types.length || endings.length === 0 || extension === '') return false;
  const accepted = endings.map(oneNameOf);
  return !accepted.includes(oneNameOf(extension));
}

function oneNameOf(extension: string): string {
  return otherNames.get(extension) ?? extension;
}

/**
 * Where only some types will do, the server looks at how the whole address ends. What stands behind `#` is seen by it,
 * and asked of nobody.
 */
export function endedAs(url: string, name: string, types: readonly string[]): string {
  const wanted = endingFor(extensionOf(name) || extensionOf(pathOf(url)), types);
  if (types.length === 0 || wanted === '' || url.toLowerCase().endsWith(`.${wanted}`)) return url;
  return `${url}${url.includes('#') ? '' : '#'}.${wanted}`;
}

/** The name a server knows the ending by. Pictures of the commonest kind have two, and either may be the only one. */
function endingFor(extension: string, types: readonly string[]): string {
  const oneName = oneNameOf(extension);
  if (oneName !== 'jpeg') return oneName;
  const named = [...endingsIn(types), ...types.map((type) => /^\s*image\/(jpe?g)\s*$/i.exec(type)?.[1] ?? '')]
    .map((name) => name.toLowerCase())
    .filter((name) => oneNameOf(name) === 'jpeg');
  if (named.includes(extension)) return extension;
  return named[0] ?? (extension === 'jpg' ? extension : oneName);
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : '';
}

const endingsOfTypes = new Map([
  ['text/plain', 'txt'],
  ['audio/mpeg', 'mp3'],
  ['video/quicktime', 'mov'],
  ['application/msword', 'doc'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
]);

/** How the types are told to a person; nothing when one of them says nothing to people. */
export function tellTypes(
  types: readonly string[],
  families: Readonly<Record<string, string>>,
): string | undefined {
  const names = [...new Set(types.map((type) => tellType(type.trim().toLowerCase(), families)))];
  return names.length === 0 || names.includes(undefined) ? undefined : names.join(', ');
}

function tellType(type: string, families: Readonly<Record<string, string>>): string | undefined {
  const [family = '', kind] = type.split('/');
  if (kind === '*') return Object.hasOwn(families, family) ? families[family] : undefined;
  const ending = endingsOfTypes.get(type) ?? (kind === undefined ? bare(family) : kind);
  return /^[a-z0-9]{1,5}$/.test(ending) ? `.${ending}` : undefined;
}
