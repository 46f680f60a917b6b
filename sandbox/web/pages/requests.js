'use strict';

let lastRequest = 0;
const mostShown = 300;

/** Newest first. A request that had no answer when it was shown is not looked at again. */
async function lookAtRequests() {
  const list = byId('requests');
  for (const request of await ask(`/api/requests?after=${lastRequest}`)) {
    lastRequest = request.number;
    list.prepend(requestRow(request));
  }
  while (list.children.length > mostShown) list.lastChild.remove();
}

function requestRow({ at, from, to, what, status, error, sent, answered }) {
  const isBad = error !== undefined || (typeof status === 'number' && status >= 400);
  return make(
    'li',
    { class: isBad ? 'bad' : undefined, 'data-with': from === 'Bitrix24' ? from : to },
    make(
      'details',
      {},
      make(
        'summary',
        {},
        make('time', {}, timeOf(at)),
        ` ${from} → ${to} `,
        make('b', {}, what),
        status ? ` ${status}` : '',
        error ? ` ${error}` : '',
      ),
      part('sent', sent),
      part('answered', answered),
    ),
  );
}

function part(title, value) {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return make('div', {}, make('h2', {}, say(title)), make('pre', { tabindex: '0' }, text));
}

byId('with').addEventListener('change', ({ target }) => (byId('requests').dataset.only = target.value));
byId('clear').addEventListener('click', () => byId('requests').replaceChildren());
