// The top of the Bitlane sidebar: whether all is well, or who does not work and why, then what waits for a person.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var sections = (panel.sections = panel.sections || {});
  /** Stands for the name until the sentence is there. */
  var gap = '\u0001';

  function health(t, snapshot) {
    var draw = panel.drawing;
    var title = headline(t, snapshot);
    var others = snapshot.problems.filter(function (problem) {
      return problem !== title.of;
    });
    var lines = []
      .concat(title.of ? draw.make('li', '', reasonOf(t, title.of)) : [])
      .concat(others.map(problemItem.bind(undefined, t)))
      .concat(
        waitingLines(t, snapshot).map(function (text) {
          return draw.make('li', '', text);
        }),
      );
    var isFine = snapshot.status === 'ok' && lines.length === 0;
    var icon = draw.make('i', 'fa ' + (isFine ? 'fa-check-circle' : 'fa-exclamation-triangle'));
    icon.setAttribute('aria-hidden', 'true');
    var isWell = snapshot.status === 'ok';
    var line = draw.make('p', isWell ? '' : 'bitlane-panel-trouble', [icon, ' '].concat(title.words));
    return draw.make(
      'div',
      'bitlane-panel-health',
      [line, lines.length > 0 && draw.make('ul', '', lines)].filter(Boolean),
    );
  }

  function problemItem(t, problem) {
    var words = [t('panel.problem.' + problem.code), ' ', nameOf(t, problem)];
    return panel.drawing.make('li', '', [panel.drawing.make('div', '', words)].concat(reasonOf(t, problem)));
  }

  function nameOf(t, problem) {
    var draw = panel.drawing;
    var name = draw.inFlow(t, problem.id, problem.name || t('panel.part.' + problem.kind));
    return draw.nodeName('problem-' + problem.code, problem.id, name);
  }

  function reasonOf(t, problem) {
    return sections.troubleNote(t, problem.trouble, problem.nodeType) || [];
  }

  /** People who write to a bot and hear nothing are the worst of what may need a look. `of`: whom the words name. */
  function headline(t, snapshot) {
    if (snapshot.status === 'ok' && waitingLines(t, snapshot).length > 0) {
      return { words: t('panel.health.waiting') };
    }
    var usual = { words: t('panel.health.' + snapshot.status) };
    if (snapshot.status !== 'degraded') return usual;
    var ofCode = function (code) {
      return snapshot.problems.filter(function (problem) {
        return problem.code === code;
      });
    };
    return (
      naming(t, ofCode('BOT_SILENT'), 'panel.health.bot', 'panel.health.bots') ||
      naming(t, ofCode('NODE_FAILING'), 'panel.health.node', 'panel.health.nodes') ||
      usual
    );
  }

  function naming(t, found, one, several) {
    if (found.length === 0) return undefined;
    if (found.length > 1) return { words: t(several, { count: found.length }) };
    var around = t(one, { name: gap }).split(gap);
    return { words: [around[0], nameOf(t, found[0]), around.slice(1).join('')], of: found[0] };
  }

  /** What waits for a person is no fault of the pack, and still somebody should know. */
  function waitingLines(t, snapshot) {
    var sum = function (list, name) {
      return list.reduce(function (all, each) {
        return all + each[name];
      }, 0);
    };
    return [
      ['panel.health.letters', sum(snapshot.stores, 'deadLetters')],
      ['panel.health.uploads', sum(snapshot.uploads, 'count')],
      ['panel.health.rows', sum(snapshot.cursors, 'failed')],
    ]
      .filter(function (line) {
        return line[1] > 0;
      })
      .map(function (line) {
        return t(line[0], { count: line[1] });
      });
  }

  sections.health = health;
})();
