import { image, link, list, paragraph, richText, text } from './bubble-blocks';
import type { BotInit } from './bot';
import { englishWords, russianWords, type FirstLookWords } from './bot-first-look-words';
import { choice, fileInput, ratingInput, textInput } from './input-blocks';
import { end, jump, onCommand, wait, whenIs } from './step-blocks';
import { sample } from './variables';

/** For a first look: what `npm start` talks to. */
export const firstLookBots: Readonly<Record<'en' | 'ru', BotInit>> = {
  en: firstLookBot(englishWords),
  ru: firstLookBot(russianWords),
};

function firstLookBot(words: FirstLookWords): BotInit {
  const { greeting, invalid } = words;
  return {
    name: 'sandbox-bot',
    variables: ['FIRST_NAME', 'MESSAGE', 'DIALOG_ID'],
    settings: {
      typingEmulation: { enabled: true, speed: 400, maxDelay: 3, delayBetweenBubbles: 0 },
      ...(invalid !== undefined && { invalidMessage: invalid }),
    },
    events: [onCommand('help', { to: 'help', resumeAfter: true }), onCommand('restart', { to: 'start' })],
    groups: {
      start: [
        richText(
          paragraph({ text: `${greeting}, ` }, { text: '{{FIRST_NAME}}', bold: true }, { text: '!' }),
          paragraph({ text: '' }),
          paragraph({ text: words.before }, link('https://typebot.io', 'Typebot'), { text: words.after }),
        ),
        wait(1),
        text(words.reason),
        choice([...words.reasons, words.looking], { save: 'REASON' }),
        whenIs('REASON', words.looking, 'looking'),
        text(words.story),
        textInput({ save: 'STORY', isLong: true }),
        jump('opinion'),
      ],
      looking: [text(words.look), image(sample('picture.png')), jump('opinion')],
      opinion: [
        text(words.rating),
        ratingInput({ save: 'RATING', length: 5, startsAt: 1 }),
        text(words.file),
        fileInput({ save: 'FILE', isRequired: false, labels: { skip: words.noFile } }),
        text(words.thanks),
        text(words.noted.join('\n')),
        text(words.goodbye),
        end(),
      ],
      help: [richText(paragraph({ text: words.help }), list('ul', words.helps))],
    },
  };
}
