export interface Part {
  name: string;
  /** Undefined: a plain field. */
  filename: string | undefined;
  mime: string | undefined;
  content: Buffer;
}

const lineEnd = '\r\n';
const headEnd = Buffer.from('\r\n\r\n');

/** The parts of a `multipart/form-data` body; none when it is no such body. */
export function parseMultipart(contentType: string, body: Buffer): Part[] {
  const boundary = /^multipart\/form-data\s*;.*?boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) return [];
  return sections(body, Buffer.from(`--${mark}`)).flatMap((section) => {
    const part = partFrom(section);
    return part ? [part] : [];
  });
}

function sections(body: Buffer, delimiter: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let start = body.indexOf(delimiter);
  while (start >= 0) {
    const from = start + delimiter.length + lineEnd.length;
    const next = body.indexOf(delimiter, from);
    if (next < 0) break;
    found.push(body.subarray(from, next - lineEnd.length));
    start = next;
  }
  return found;
}

function partFrom(section: Buffer): Part | undefined {
  const end = section.indexOf(headEnd);
  if (end < 0) return undefined;
  const headers = section.subarray(0, end).toString('utf8');
  const disposition = /^content-disposition:\s*form-data;(.*)$/im.exec(headers)?.[1] ?? '';
  const name = parameter(disposition, 'name');
  if (name === undefined) return undefined;
  return {
    name,
    filename: parameter(disposition, 'filename'),
    mime: /^content-type:\s*([^\r\n;]+)/im.exec(headers)?.[1]?.trim(),
    content: section.subarray(end + headEnd.length),
  };
}

function parameter(disposition: string, name: string): string | undefined {
  const quoted = new RegExp(`(?:^|[;\\s])${name}="((?:[^"\\\\]|\\\\.)*)"`).exec(disposition)?.[1];
  return quoted?.replace(/\\(["\\])/g, '$1').replaceAll('%22', '"');
}
