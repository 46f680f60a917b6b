import assert from 'node:assert/strict';
import { question, say, sent } from './questions';

interface Written {
  [format: string]: string;
}

/** As a bot with each of the formats is told the date. */
async function expectDates(
  options: Record<string, unknown>,
  rows: Readonly<Record<string, Written>>,
): Promise<void> {
  for (const [text, written] of Object.entries(rows)) {
    for (const [format, toBot] of Object.entries(written)) {
      const input = question('date input', { options: { ...options, format } });
      assert.deepEqual(await say(input, text), sent(toBot), `${format}: ${text}`);
    }
  }
}

const formats = ['dd/MM/yyyy', 'dd.MM.yyyy', 'MM/dd/yyyy', 'yyyy-MM-dd', 'd MMMM yyyy'];
/** Day first where the server reads it so, else year first. */
const everywhere = (dayFirst: string, other: string): Written =>
  Object.fromEntries(formats.map((format) => [format, format.startsWith('dd') ? dayFirst : other]));
const asItIs = (text: string): Written => everywhere(text, text);

// Trap 14: numbers are read in the order of the format, and words in English only.
describe('a typed date', () => {
  it('is written as the server reads it', () =>
    expectDates(
      {},
      {
        '31.12.2026': everywhere('31/12/2026', '2026-12-31'),
        '31-12-2026': everywhere('31/12/2026', '2026-12-31'),
        '31/12/2026': everywhere('31/12/2026', '2026-12-31'),
        '12/31/2026': everywhere('31/12/2026', '2026-12-31'),
        '2026-12-31': everywhere('31/12/2026', '2026-12-31'),
        '31.12.26': everywhere('31/12/2026', '2026-12-31'),
        '31 12 2026': everywhere('31/12/2026', '2026-12-31'),
        '1.2.99': everywhere('01/02/1999', '1999-02-01'),
        '05.03.2027': everywhere('05/03/2027', '2027-03-05'),
        '5 марта 2027': everywhere('05/03/2027', '2027-03-05'),
        '5-го Марта 2027 года.': everywhere('05/03/2027', '2027-03-05'),
        '5 мар. 2027 г.': everywhere('05/03/2027', '2027-03-05'),
        'March 5, 2027': everywhere('05/03/2027', '2027-03-05'),
        '5th of march 2027': everywhere('05/03/2027', '2027-03-05'),
        '29 февраля 2028': everywhere('29/02/2028', '2028-02-29'),
        '5 марта': everywhere('05/03', '03/05'),
        '31.12': everywhere('31/12', '12/31'),
        завтра: everywhere('tomorrow', 'tomorrow'),
        Послезавтра: everywhere('in 2 days', 'in 2 days'),
      },
    ));

  it('follows the format where it could be meant both ways', () =>
    expectDates(
      {},
      {
        '05/03/2027': {
          'dd/MM/yyyy': '05/03/2027',
          'MM/dd/yyyy': '2027-05-03',
          'd/M/yyyy': '2027-03-05',
          'yyyy-MM-dd': '05/03/2027',
        },
        '05-03-2027': { 'dd/MM/yyyy': '05/03/2027', 'MM/dd/yyyy': '2027-05-03', 'yyyy/MM/dd': '05-03-2027' },
        // With dots the day comes first, unless the bot writes them otherwise.
        '05.03.2027': { 'MM/dd/yyyy': '2027-03-05', 'MM.dd.yyyy': '2027-05-03', 'yyyy-MM-dd': '2027-03-05' },
        '05/05/2027': { 'yyyy-MM-dd': '2027-05-05' },
        '06/05/2027': { "'day' d 'of' M": '2027-05-06', "'M' M d": '2027-06-05' },
      },
    ));

  it('is left to the server where it is none, or not certain', () =>
    expectDates(
      {},
      Object.fromEntries(
        [
          '31.02.2027',
          '29.02.2027',
          '13.13.2027',
          '0.1.2027',
          'скоро',
          '5 или 6 марта',
          '1.2.3.4',
          'next friday',
          '5 брюмера 2027',
          '2027',
          '5 марта 2027 и ещё',
        ].map((text) => [text, asItIs(text)]),
      ),
    ));

  it('may have a time', () =>
    expectDates(
      { hasTime: true },
      {
        '31.12.2026 14:30': everywhere('31/12/2026 14:30', '2026-12-31T14:30'),
        '31.12.2026, 14.30': everywhere('31/12/2026 14:30', '2026-12-31T14:30'),
        '5 марта 2027 в 9 утра': everywhere('05/03/2027 09:00', '2027-03-05T09:00'),
        '2026-12-31T14:30': everywhere('31/12/2026 14:30', '2026-12-31T14:30'),
        '5 марта 14:30': everywhere('05/03 14:30', '03/05 14:30'),
        'завтра в 14.30': everywhere('tomorrow 14:30', 'tomorrow 14:30'),
        '31.12.2026 поздно': asItIs('31.12.2026 поздно'),
      },
    ));

  it('has the format of the server where the bot has none', async () => {
    assert.deepEqual(await say(question('date input'), '31.12.2026'), sent('31/12/2026'));
    const withTime = question('date input', { options: { hasTime: true } });
    assert.deepEqual(await say(withTime, '31.12.2026 14.30'), sent('31/12/2026 14:30'));
  });
});

describe('two typed dates', () => {
  it('are written as the server reads them', () =>
    expectDates(
      { isRange: true },
      {
        '31.12.2026 - 05.01.2027': everywhere('31/12/2026 to 05/01/2027', '2026-12-31 to 2027-01-05'),
        '31.12.2026-05.01.2027': everywhere('31/12/2026 to 05/01/2027', '2026-12-31 to 2027-01-05'),
        '31-12-2026 – 13-01-2027': everywhere('31/12/2026 to 13/01/2027', '2026-12-31 to 2027-01-13'),
        '2026-12-31 to 2027-01-05': everywhere('31/12/2026 to 05/01/2027', '2026-12-31 to 2027-01-05'),
        'с 1 марта 2027 до 5 апреля 2027': everywhere('01/03/2027 to 05/04/2027', '2027-03-01 to 2027-04-05'),
        'с 1 марта по 5 апреля 2027': everywhere('01/03/2027 to 05/04/2027', '2027-03-01 to 2027-04-05'),
        'с 1 по 5 марта 2027': everywhere('01/03/2027 to 05/03/2027', '2027-03-01 to 2027-03-05'),
        '1–5 марта': everywhere('01/03 to 05/03', '03/01 to 03/05'),
        '28 декабря - 5 января 2027': everywhere('28/12/2026 to 05/01/2027', '2026-12-28 to 2027-01-05'),
        '28 декабря 2026 - 5 января': everywhere('28/12/2026 to 05/01/2027', '2026-12-28 to 2027-01-05'),
        'from March 5, 2027 to March 8, 2027': everywhere(
          '05/03/2027 to 08/03/2027',
          '2027-03-05 to 2027-03-08',
        ),
      },
    ));

  it('may have times, each in the form that the server finds both ends of', () =>
    expectDates(
      { isRange: true, hasTime: true },
      {
        '31.12.2026 14:30 - 05.01.2027 09.00': everywhere(
          '31/12/2026 14:30 to 05/01/2027 09:00',
          '2026-12-31T14:30 to 2027-01-05T09:00',
        ),
        '5 March 2027 14:30 to 6 March 2027 09:00': everywhere(
          '05/03/2027 14:30 to 06/03/2027 09:00',
          '2027-03-05T14:30 to 2027-03-06T09:00',
        ),
      },
    ));

  it('are told apart by the word of the bot as well', async () => {
    const input = question('date input', { options: { isRange: true, labels: { separator: 'bis (zum)' } } });
    assert.deepEqual(await say(input, '01.03.2027 bis (zum) 05.03.2027'), sent('01/03/2027 to 05/03/2027'));
  });

  it('are left to the server where one is missing or unclear', () =>
    expectDates(
      { isRange: true },
      Object.fromEntries(
        [
          '31.12.2026',
          '31-12-2026',
          '5-6-2026',
          '2026-12-31',
          'с 5 по 1 марта 2027',
          '10-12',
          'вся неделя',
          '- '.repeat(80),
        ].map((text) => [text, asItIs(text)]),
      ),
    ));
});
