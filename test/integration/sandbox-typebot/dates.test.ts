import assert from 'node:assert/strict';
import { manualClock } from '../../support/manual-clock';
import { at, retry, servers, talkTo } from './support';

const start = servers();
/** A Friday. */
const now = Date.UTC(2026, 5, 12, 9, 30);

/** Each reply and what becomes of it. */
async function check(bot: string, expected: Readonly<Record<string, string>>): Promise<void> {
  const typebot = await start({ clock: manualClock(now) });
  const talk = talkTo(typebot, bot);
  for (const [reply, stored] of Object.entries(expected)) {
    await talk.start();
    const { json } = await talk.say(reply);
    const last = typebot.sessionOf(bot).state.variables['ANSWER'];
    assert.equal(last ?? retry, stored, reply);
    assert.equal(at(json, 'lastMessageNewFormat'), stored === retry || stored === reply ? undefined : stored);
  }
}

describe('sandbox typebot: dates and times', () => {
  it('take a date, the day first', () =>
    check('date', {
      '31/12/2026': '31/12/2026',
      '05/06/2026': '05/06/2026',
      '31.12.2026': '31/12/2026',
      '5-6-26': '05/06/2026',
      '2026-12-31': '31/12/2026',
      '12/31/2026': '31/12/2026',
      'on 24/08, please': '24/08/2026',
      // The closest one is past.
      '24/12': '24/12/2025',
      '31/02/2026': retry,
      '2026-02-30': retry,
      '24.12': retry,
      soon: retry,
    }));

  it('take the words of English, and of no other language', () =>
    check('date', {
      tomorrow: '13/06/2026',
      Yesterday: '11/06/2026',
      today: '12/06/2026',
      'in 3 days': '15/06/2026',
      'in a month': '12/07/2026',
      '2 weeks ago': '29/05/2026',
      'next week': '19/06/2026',
      Monday: '15/06/2026',
      Tuesday: '09/06/2026',
      '1 May 2027': '01/05/2027',
      'May 1st, 2027': '01/05/2027',
      '3rd of Sept': '03/09/2026',
      завтра: retry,
      '1 мая 2027': retry,
      'am 1. Mai': retry,
    }));

  it('take a date with its time', () =>
    check('date-and-time', {
      '31/12/2026 14:30': '31/12/2026 14:30',
      '2026-12-31T08:05': '31/12/2026 08:05',
      'tomorrow at 2pm': '13/06/2026 14:00',
      '31/12/2026': '31/12/2026 12:00',
    }));

  it('take both ends of a range', () =>
    check('date-range', {
      '01/07/2026 to 05/07/2026': '01/07/2026 to 05/07/2026',
      'from 01/07/2026 - 05/07/2026': '01/07/2026 to 05/07/2026',
      '05/07/2026 until 01/07/2026': '01/07/2026 to 05/07/2026',
      '01/07/2026': retry,
      '01/07/2026 and 05/07/2026': retry,
      '01/07/2026 до 05/07/2026': retry,
    }));

  it('take a date between two others; the last day itself is too late', () =>
    check('date-within', {
      '01/01/2026': '01/01/2026',
      '30/12/2026': '30/12/2026',
      '31/12/2026': retry,
      '31/12/2025': retry,
    }));

  it('take the month first where the format does', () =>
    check('date-month-first', {
      '05/06/2026': '05/06/2026',
      '31/12/2026': '12/31/2026',
      '6 May 2026': '05/06/2026',
    }));

  it('take a time', () =>
    check('time', {
      '14:30': '14:30',
      '9:05': '09:05',
      '2pm': '14:00',
      '12:15 am': '00:15',
      'at noon': '12:00',
      '25:00': retry,
      '13pm': retry,
      later: retry,
      'в 14:30': '14:30',
    }));
});
