/** A file as a run takes it, in `files` or as the value of a variable. */
export interface DifyFileInput {
  type: DifyFileType;
  transfer_method: 'local_file';
  upload_file_id: string;
}

export type DifyFileType = 'image' | 'document' | 'audio' | 'video' | 'custom';
