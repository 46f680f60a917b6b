/** One answer, as continueChat takes it. Nothing at all goes on without a file. */
export type TypebotMessage =
  | { type: 'text'; text: string; metadata?: { replyId: string }; attachedFileUrls?: string[] }
  | { type: 'audio'; url: string }
  | { type: 'command'; command: string }
  | null;
