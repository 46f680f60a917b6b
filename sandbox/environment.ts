import type { SpeechSense } from './speechsense';

const DAY_MS = 24 * 60 * 60_000;

/** What the shipped flows read of SpeechSense, by which they reach this stand-in. */
export function speechSenseEnvironment(speechSense: SpeechSense): Record<string, string> {
  return {
    // The scheme means no TLS, which a loopback address alone may go without.
    SPEECHSENSE_ENDPOINT: `http://${speechSense.endpoint}`,
    SPEECHSENSE_API_KEY: speechSense.apiKey,
    SPEECHSENSE_CONNECTION_ID: speechSense.connectionId,
    SPEECHSENSE_CHAT_CONNECTION_ID: speechSense.chatConnectionId,
    // As much as SpeechSense keeps in any project.
    SYNC_FROM_DATE: new Date(Date.now() - 60 * DAY_MS).toISOString().slice(0, 10),
  };
}
