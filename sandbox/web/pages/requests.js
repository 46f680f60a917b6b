'use strict';

let lastRequest = 0;
const mostShown = 300;

/**
 * What began last is on top; what lasts long comes when others that began later are there already. A request that had
 * no answer when it was shown is not looked at again.
 */
async function lookAtRequests() {
  const list = byId('requests');
  for (const request of await ask(`/api/requests?after=${lastRequest}`)) {
    lastRequest = Math.max(lastRequest, request.number);
    const row = requestRow(request);
    row.hidden = !isWanted(row);
    row.order = [request.at, request.rank, request.number];
    const earlier = [...list.children].find(({ order }) => isBefore(order, row.order));
    list.insertBefore(row, earlier ?? null);
  }
  while (list.children.length > mostShown) list.lastChild.remove();
}

function isBefore(one, other) {
  const place = one.findIndex((part, index) => part !== other[index]);
  return place >= 0 && one[place] < other[place];
}

const isWanted = ({ dataset }) => ['', dataset.with].includes(byId('with').value);

const nameOf = (system) => (system === 'Bitrix24' ? say('portal') : system);

function requestRow({ at, from, to, what, status, error, isBad, isQueued, sent, answered }) {
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
        to === '' ? ` ${nameOf(from)}: ` : ` ${nameOf(from)} → ${nameOf(to)} `,
        make('b', {}, what),
        status ? ` ${status}` : '',
        isQueued ? ` ${say('queued')}` : '',
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

byId('requests').dataset.empty = say('noRequests');
byId('with').addEventListener('change', () => {
  for (const row of byId('requests').children) row.hidden = !isWanted(row);
});
byId('clear').addEventListener('click', () => byId('requests').replaceChildren());
