import type { SpeechSense } from './speechsense';

/** What the shipped flows read of SpeechSense, by which they reach this stand-in. */
export function speechSenseEnvironment(speechSense: SpeechSense): Record<string, string> {
  return {
    // The scheme means no TLS, which a loopback address alone may go without.
    SPEECHSENSE_ENDPOINT: `http://${speechSense.endpoint}`,
    SPEECHSENSE_API_KEY: speechSense.apiKey,
    SPEECHSENSE_CONNECTION_ID: speechSense.connectionId,
    SPEECHSENSE_CHAT_CONNECTION_ID: speechSense.chatConnectionId,
  };
}
