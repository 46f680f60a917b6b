import { base64Of, type ByteSource } from '../rest/streamed-body';
import type { Keyboard } from '../text/choices';

/** The bot that speaks and the dialog it speaks in. */
export interface Speaker {
  api: 'v1' | 'v2';
  botId: number;
  /** v1 calls it CLIENT_ID; an app needs none. */
  botToken: string | undefined;
  dialogId: string;
}

export interface MessageToSend {
  text: string;
  keyboard: Keyboard | undefined;
  /** Stays with the staff in an Open Channel. */
  system: boolean;
}

export interface ApiCall {
  method: string;
  params: Record<string, unknown>;
}

export function messageCall(speaker: Speaker, message: MessageToSend): ApiCall {
  if (speaker.api === 'v2') {
    return {
      method: 'imbot.v2.Chat.Message.send',
      params: { ...ofV2(speaker), dialogId: speaker.dialogId, fields: fieldsOfV2(message) },
    };
  }
  return {
    method: 'imbot.message.add',
    params: { ...ofV1(speaker), DIALOG_ID: speaker.dialogId, ...fieldsOfV1(message) },
  };
}

export function commandAnswerCall(
  speaker: Speaker,
  command: { id: number; messageId: number },
  message: MessageToSend,
): ApiCall {
  if (speaker.api === 'v2') {
    const params = {
      ...ofV2(speaker),
      commandId: command.id,
      messageId: command.messageId,
      dialogId: speaker.dialogId,
      fields: fieldsOfV2(message),
    };
    return { method: 'imbot.v2.Command.answer', params };
  }
  const params = {
    ...ofV1(speaker),
    COMMAND_ID: command.id,
    MESSAGE_ID: command.messageId,
    ...fieldsOfV1(message),
  };
  return { method: 'imbot.command.answer', params };
}

export function typingCall(speaker: Speaker, seconds: number): ApiCall {
  if (speaker.api === 'v2') {
    return {
      method: 'imbot.v2.Chat.InputAction.notify',
      params: { ...ofV2(speaker), dialogId: speaker.dialogId, duration: seconds },
    };
  }
  return {
    method: 'imbot.chat.sendTyping',
    params: { ...ofV1(speaker), DIALOG_ID: speaker.dialogId },
  };
}

/** v2 alone can send a file as the bot; whether it takes a bot of v1 and its CLIENT_ID, only the portal knows. */
export function uploadCall(speaker: Speaker, file: { name: string; content: ByteSource }): ApiCall {
  return {
    method: 'imbot.v2.File.upload',
    params: {
      ...ofV2(speaker),
      dialogId: speaker.dialogId,
      fields: { name: file.name, content: base64Of(file.content) },
    },
  };
}

function ofV2({ botId, botToken }: Speaker): Record<string, unknown> {
  return botToken === undefined ? { botId } : { botId, botToken };
}

function ofV1({ botId, botToken }: Speaker): Record<string, unknown> {
  return botToken === undefined ? { BOT_ID: botId } : { BOT_ID: botId, CLIENT_ID: botToken };
}

function fieldsOfV2({ text, keyboard, system }: MessageToSend): Record<string, unknown> {
  return { message: text, ...(keyboard && { keyboard }), ...(system && { system: true }) };
}

function fieldsOfV1({ text, keyboard, system }: MessageToSend): Record<string, unknown> {
  return { MESSAGE: text, ...(keyboard && { KEYBOARD: keyboard }), ...(system && { SYSTEM: 'Y' }) };
}
