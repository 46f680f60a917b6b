export interface Shelved {
  readonly short: string;
  readonly restore: (text: string) => string;
}

/**
 * A picture may be written out in an answer, as thousands of characters in one line. Behind a short name it does not
 * make its paragraph too long to be read as Markdown.
 */
export function shelvePictures(text: string): Shelved {
  const pictures: string[] = [];
  const short = text.replace(writtenOut, (picture) => `data:,shelved-${pictures.push(picture) - 1};`);
  const restore = (cut: string): string =>
    cut.replace(/data:,shelved-(\d{1,6});/g, (name, place: string) => pictures[Number(place)] ?? name);
  return { short, restore };
}

const writtenOut = /data:[\w.+-]{1,60}\/[\w.+-]{1,60};base64,[A-Za-z0-9+/=]{500,}/g;
