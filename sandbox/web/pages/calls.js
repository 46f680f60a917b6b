'use strict';

const syncFlow = 'bitlane-calls-flow';
/** Without the year: SpeechSense keeps sixty days, and the table has much to show in a narrow window. */
const shortTime = { day: '2-digit', month: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const resultsFlow = '5 Results back to CRM';
/** The editor of `npm start` has all the flows, so they are named with their group there. */
const flowNamed = (name) => (byId('editor').hidden ? name : `SpeechSense ${name}`);
const cells = ['time', 'direction', 'who', 'phone', 'length', 'recording', 'talk'];
let page = 0;
/** Set while a talk is open: what is sent meanwhile would push it away. */
let upTo = '';
let talks = 0;

async function lookAtCalls() {
  const only = byId('only').checked ? 'sent' : '';
  const view = await ask(`/api/calls?lng=${language}&page=${page}&only=${only}&upTo=${upTo}`);
  if (upTo === '') talks = view.talks;
  byId('waits').hidden = upTo === '' || only === '' || view.talks === talks;
  showEditor(view.editor && `${view.editor}#flow/${syncFlow}`);
  byId('calls-hint').textContent = say('callsHint', { flow: flowNamed('1 Call sync') });
  byId('counts').textContent = say('counts', view);
  byId('newer').disabled = page === 0;
  byId('older').disabled = (page + 1) * view.pageSize >= view.shown;
  byId('page').textContent = say('page', {
    page: page + 1,
    pages: Math.ceil(view.shown / view.pageSize) || 1,
  });
  show(byId('rows'), JSON.stringify(view.calls), () =>
    view.calls.length > 0 ? view.calls.flatMap(rowsOf) : [noCalls],
  );
  show(byId('comments'), JSON.stringify(view.comments), () =>
    view.comments.length > 0
      ? view.comments.map(commentRow)
      : [make('li', { class: 'quiet' }, say('noComments', { flow: flowNamed(resultsFlow) }))],
  );
}

const noCalls = make('tr', {}, make('td', { colspan: cells.length, class: 'quiet' }, say('noCalls')));

function commentRow({ type, id, at, text }) {
  return make(
    'li',
    {},
    make('p', { class: 'who' }, `${say(type)} ${id} `, make('time', {}, timeOf(at))),
    make('p', { class: 'text' }, ...shownText(text.trim())),
  );
}

/** Of the call, and below it one of its talk, which is opened by a button of the first. */
function rowsOf(call) {
  const row = callRow(call);
  if (!call.talk) return [row];
  const id = `talk-${call.id}`;
  const more =
    byId(id) ?? make('tr', { id, class: 'more', hidden: true }, make('td', { colspan: cells.length }));
  show(more.firstChild, JSON.stringify(call.talk), () => talkOf(call.talk));
  return [row, more];
}

function callRow(call) {
  const id = `call-${call.id}`;
  const row = byId(id) ?? make('tr', { id }, ...cells.map((name) => make('td', { class: `of-${name}` })));
  const { talk, ...rest } = call;
  cellsOf(call).forEach((content, index) => {
    const isTalk = index === cells.length - 1;
    show(row.children[index], JSON.stringify(isTalk ? talk : rest), () => [content()].flat());
  });
  return row;
}

function cellsOf({ id, startedAt, seconds, direction, operator, client, hasTalked, recording, talk }) {
  const length = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return [
    () => new Date(startedAt).toLocaleString(language, shortTime),
    () => say(direction),
    () => operator,
    () => client,
    () => (hasTalked ? length : say('missed')),
    () => recordingOf(id, recording, client),
    () => (talk ? opener(id, talk) : ''),
  ];
}

function recordingOf(id, recording, client) {
  const words = { none: 'noRecording', later: 'later', elsewhere: 'elsewhere' }[recording];
  if (words !== undefined) return say(words);
  const label = `${say('listen')}: ${client}`;
  const button = make('button', {
    'aria-label': label,
    onclick: () => {
      const source = `/api/recording?call=${id}`;
      const player = make('audio', { controls: true, autoplay: true, src: source, 'aria-label': label });
      button.replaceWith(player);
      player.focus();
    },
  });
  button.textContent = say('listen');
  return button;
}

function opener(id, { at, transcript }) {
  const more = () => byId(`talk-${id}`);
  const button = make('button', {
    'aria-expanded': String(more()?.hidden === false),
    'aria-controls': `talk-${id}`,
    onclick: () => {
      more().hidden = !more().hidden;
      button.setAttribute('aria-expanded', String(!more().hidden));
      keepInPlace();
    },
  });
  button.textContent = `✓ ${timeOf(at)}${transcript.length > 0 ? `, ${say('hasTranscript')}` : ''}`;
  return button;
}

/** The list goes on when the last talk is closed, or another list is asked for. */
const keepInPlace = () => (upTo = byId('rows').querySelector('.more:not([hidden])') ? talks : '');

function turnTo(other) {
  page = Math.max(0, other);
  upTo = '';
}

function talkOf({ id, fields, transcript }) {
  const said = transcript.map(({ who, text }) => make('p', {}, make('b', {}, `${say(who)}: `), text));
  const rows = Object.entries(fields).map(([name, value]) =>
    make('tr', {}, make('th', { scope: 'row' }, name), make('td', {}, value)),
  );
  return [
    make('p', { class: 'quiet' }, id),
    make('h2', {}, say('transcript')),
    ...(said.length > 0
      ? said
      : [make('p', { class: 'quiet' }, say('noTranscript', { flow: flowNamed(resultsFlow) }))]),
    make('h2', {}, say('fields')),
    make('table', {}, make('tbody', {}, rows)),
  ];
}

byId('add').addEventListener('click', () => order('/api/calls', '').catch((fault) => tell(fault.message)));
byId('newer').addEventListener('click', () => turnTo(page - 1));
byId('older').addEventListener('click', () => turnTo(page + 1));
byId('only').addEventListener('change', () => turnTo(0));

keepLooking(async () => {
  await lookAtCalls();
  await lookAtRequests();
}, 700);
