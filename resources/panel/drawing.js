// What the sections of the Bitlane sidebar are drawn with. Names come from chats and portals, so every text becomes a
// text node: nothing here is ever read as HTML.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var steps = [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ];
  var looks = {
    ready: 'good',
    ok: 'good',
    working: 'good',
    failed: 'bad',
    unusable: 'bad',
    failing: 'bad',
    unavailable: 'bad',
    waiting: 'busy',
    starting: 'busy',
    opening: 'busy',
  };

  var opened = new Set();

  function make(tag, className, children) {
    var element = document.createElement(tag);
    if (className) element.className = className;
    [].concat(children || []).forEach(function (child) {
      if (child !== undefined && child !== '') element.append(child);
    });
    return element;
  }

  /** `key` finds the button again after a redraw, so that the keyboard stays where it was. */
  function button(className, key, text, onPress) {
    var element = make('button', className, text);
    element.type = 'button';
    element.setAttribute('data-key', key);
    element.addEventListener('click', onPress);
    return element;
  }

  /** A name that leads to its node, as long as the editor has that. */
  function nodeName(key, id, name) {
    var node = id ? RED.nodes.node(id) : undefined;
    if (!node) return make('span', 'bitlane-panel-name', name);
    return button('bitlane-panel-link bitlane-panel-name', key + ':' + id, name, function () {
      if (node._def.category === 'config') RED.editor.editConfig('', node.type, node.id);
      else RED.view.reveal(id);
    });
  }

  /** Nodes of several flows may have the same name. A config node belongs to no flow. */
  function inFlow(t, id, name) {
    var node = id ? RED.nodes.node(id) : undefined;
    var flow = node && node.z && (RED.nodes.workspace(node.z) || RED.nodes.subflow(node.z));
    var label = flow && (flow.label || flow.name);
    return label ? t('panel.error.place', { node: name, flow: label }) : name;
  }

  function dot(state) {
    var element = make('span', 'bitlane-panel-dot bitlane-panel-' + (looks[state] || 'off'));
    element.setAttribute('aria-hidden', 'true');
    return element;
  }

  function note(text, isTrouble) {
    return make('p', 'bitlane-panel-note' + (isTrouble ? ' bitlane-panel-trouble' : ''), text);
  }

  /** One line: a dot with its state in words, a name, and notes below. */
  function row(parts) {
    var title = make('div', 'bitlane-panel-title', [
      parts.state && dot(parts.state),
      parts.name,
      parts.aside && make('span', 'bitlane-panel-aside', parts.aside),
    ]);
    return make('li', 'bitlane-panel-row', [title].concat(parts.notes || []));
  }

  function section(name, title, rows, empty, buttons) {
    var heading = make('h3', '', [make('span', 'bitlane-panel-heading', title)].concat(buttons || []));
    heading.id = 'bitlane-panel-' + name;
    var body = rows.length > 0 ? make('ul', '', rows) : make('p', 'bitlane-panel-empty', empty);
    var element = make('section', '', [heading, body]);
    element.setAttribute('aria-labelledby', heading.id);
    return element;
  }

  function amount(value, unit) {
    var options = {
      style: 'unit',
      unit: unit,
      unitDisplay: 'short',
      maximumFractionDigits: value < 10 ? 1 : 0,
    };
    return new Intl.NumberFormat(RED.i18n.lang(), options).format(value);
  }

  function duration(ms) {
    var seconds = Math.max(0, ms) / 1000;
    var step = steps.find(function (each) {
      return seconds >= each[1];
    });
    return step ? amount(Math.floor(seconds / step[1]), step[0]) : amount(0, 'second');
  }

  function bytes(count) {
    if (count < 1024 * 1024) return amount(count / 1024, 'kilobyte');
    return amount(count / 1024 / 1024, 'megabyte');
  }

  function milliseconds(ms) {
    return amount(ms, 'millisecond');
  }

  /** The time, with the day when that was another one. */
  function moment(at) {
    var when = new Date(at);
    var isToday = when.toDateString() === new Date().toDateString();
    var options = isToday ? { timeStyle: 'medium' } : { dateStyle: 'short', timeStyle: 'short' };
    return new Intl.DateTimeFormat(RED.i18n.lang(), options).format(when);
  }

  /** The text of a key, or undefined: a missing key comes back as it is. */
  function find(t, key, params) {
    var text = t(key, params || {});
    return text === key || /__\w+__/.test(text) ? undefined : text;
  }

  /** What was folded out stays so when the panel is drawn anew. `key` is its own among all of the panel. */
  function fold(key, title, children) {
    var summary = make('summary', '', title);
    summary.setAttribute('data-key', 'fold' + key);
    var element = make('details', 'bitlane-panel-fold', [summary].concat(children));
    element.open = opened.has(key);
    element.addEventListener('toggle', function () {
      if (element.open) opened.add(key);
      else opened.delete(key);
    });
    return element;
  }

  panel.drawing = {
    make: make,
    button: button,
    nodeName: nodeName,
    inFlow: inFlow,
    note: note,
    row: row,
    section: section,
    fold: fold,
    duration: duration,
    bytes: bytes,
    milliseconds: milliseconds,
    moment: moment,
    find: find,
  };
})();
