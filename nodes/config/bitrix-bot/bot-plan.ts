import { at, flagAt, keysAt, textAt } from '../../../lib/core/fields';
import { InvalidError } from '../../../lib/core/errors';
import { isLoopbackHost } from '../../../lib/core/network-guard';
import type { BotWish } from '../../../lib/bitrix24/bots/bot-wish';
import type { CommandWish } from '../../../lib/bitrix24/bots/command-wish';
import type { PortalHub } from '../../../lib/bitrix24/hub/hub';
import type { Settings } from '../../runtime/settings';

export interface BotPlan {
  wish: BotWish;
  publicUrl: string;
  /** Without a public address a bot in webhook mode was registered by somebody else, and stays as it is. */
  isKept: boolean;
}

export function readWish(settings: Settings, hub: Pick<PortalHub, 'kind' | 'path'>): BotPlan {
  const code = settings.required('code');
  const eventMode = settings.choice('eventMode', ['webhook', 'fetch']);
  const publicUrl = readPublicUrl(writtenAddress(settings, eventMode));
  const wish: BotWish = {
    code,
    botName: settings.text('botName', code),
    botType: settings.choice('botType', ['openline', 'bot', 'supervisor', 'personal']),
    apiVersion: settings.choice('apiVersion', ['v2', 'v1']),
    eventMode,
    webhookUrl: publicUrl === '' ? '' : `${publicUrl}/bitrix24/${hub.path}`,
    workPosition: settings.text('workPosition'),
    color: settings.text('color'),
    avatar: settings.text('avatar'),
    botToken: hub.kind === 'webhook' ? settings.requiredSecret('botToken') : undefined,
    commands: settings.entries('commands').map(readCommand),
  };
  return { wish, publicUrl, isKept: eventMode === 'fetch' || publicUrl !== '' };
}

/** One that fetches needs none, so a variable that nobody has set is no mistake then. */
function writtenAddress(settings: Settings, eventMode: BotWish['eventMode']): string {
  try {
    return settings.text('publicUrl');
  } catch (thrown) {
    const isUnset = thrown instanceof InvalidError && thrown.code === 'VARIABLE_UNSET';
    if (isUnset && eventMode === 'fetch') return '';
    throw thrown;
  }
}

/** Bitrix24 posts to https with a valid certificate; plain http is for stand-ins on this machine. */
function readPublicUrl(written: string): string {
  if (written === '') return '';
  const url = URL.canParse(written) ? new URL(written) : undefined;
  const isFine = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  if (!isFine) {
    throw new InvalidError('CONFIG_INVALID', 'the public address is not https', {
      params: { property: 'publicUrl', expected: 'https://example.com', why: 'httpsAddress' },
    });
  }
  return written.replace(/\/+$/, '');
}

function readCommand(row: unknown): CommandWish {
  return {
    command: textAt(row, 'command') ?? '',
    title: readTexts(at(row, 'title')),
    params: readTexts(at(row, 'params')),
    common: flagAt(row, 'common'),
    hidden: flagAt(row, 'hidden'),
    extranet: flagAt(row, 'extranet'),
  };
}

function readTexts(texts: unknown): Record<string, string> {
  return Object.fromEntries(keysAt(texts).map((language) => [language, textAt(texts, language) ?? '']));
}
