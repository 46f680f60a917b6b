import type { Fields } from './blocks';

const places: readonly { type: string; address: RegExp }[] = [
  { type: 'youtube', address: /youtube\.com\/(?:watch\?v=|shorts\/)([\w-]+)/ },
  { type: 'youtube', address: /youtu\.be\/([\w-]+)/ },
  { type: 'vimeo', address: /vimeo\.com\/(\d+)/ },
  { type: 'tiktok', address: /tiktok\.com\/@[\w.-]+\/video\/(\d+)/ },
  { type: 'gumlet', address: /gumlet\.(?:com|tv)\/watch\/(\w+)/ },
];

/** Where a video comes from, and its id there. */
export function describeVideo(url: string): Fields {
  for (const { type, address } of places) {
    const id = address.exec(url)?.[1];
    if (id !== undefined) return { type, url, id };
  }
  return { type: 'url', url };
}
