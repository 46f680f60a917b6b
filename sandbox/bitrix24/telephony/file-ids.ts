/** Above the ids of files in chats; a call's first recording is found by arithmetic, later ones by a map. */
const firstFiles = 1_000_000;
export const laterFiles = 900_000_000;

export function firstFileOf(rowId: number): number {
  return firstFiles + rowId;
}

export function rowOfFirstFile(fileId: number): number {
  return fileId - firstFiles;
}
