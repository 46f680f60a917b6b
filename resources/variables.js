// Warns at the fields of a dialog of variables that nobody has set. Loaded once, with the panel; runs in the editor.
(function () {
  'use strict';

  var WHOLE = /^\$\{(\S+)\}$|^\$\((\S+)\)$/;
  /** What the runtime takes for a name; others are not asked for. */
  var NAME = /^[\w.()-]{1,128}$/;
  /** What the editor gets in the place of a saved password. */
  var SAVED = '__PWRD__';

  function isTyped(input) {
    return input.hasClass('red-ui-typedInput');
  }

  /** The variables in a field; `part` when one stands within other text, where Node-RED leaves it alone. */
  function readVariables(input) {
    var type = isTyped(input) ? input.typedInput('type') : 'str';
    var value = String(isTyped(input) ? input.typedInput('value') : input.val() || '');
    if (type === 'env') return { names: namesWithin(value) };
    var whole = WHOLE.exec(value);
    if (whole) return { names: [whole[1] || whole[2]] };
    var within = type === 'str' ? /\$\{[\w.]+\}/.exec(value) : null;
    return { names: [], part: within ? within[0] : undefined };
  }

  /** A name alone, or names within a text. */
  function namesWithin(value) {
    var found = value.match(/\$\{[^}]+\}/g);
    if (!found) return value.trim() === '' ? [] : [value];
    return found.map(function (one) {
      return one.slice(2, -1);
    });
  }

  /** Asks the runtime once for each name while the dialog is open. */
  function createEnvironment(node) {
    var unset = {};
    var answer = { variables: {}, isKeyMadeUp: false };
    var asked = {};
    return {
      isUnset: function (name) {
        return unset[name] === true;
      },
      facts: function () {
        return answer;
      },
      ask: function (names, then) {
        var fresh = names.filter(function (name, place) {
          return NAME.test(name) && !asked[name] && names.indexOf(name) === place;
        });
        fresh = fresh.slice(0, 64);
        if (fresh.length === 0 && asked['']) return;
        [''].concat(fresh).forEach(function (name) {
          asked[name] = true;
        });
        $.ajax({
          url: 'bitlane/environment',
          type: 'POST',
          contentType: 'application/json',
          data: JSON.stringify({ id: node.id, names: fresh }),
        }).done(function (told) {
          answer = told;
          told.unset.forEach(function (name) {
            unset[name] = true;
          });
          then();
        });
      },
    };
  }

  /** The fields of the dialog that a person writes into, with the property that each is for. */
  function fieldsOf(node) {
    var prefix = node._def.category === 'config' ? '#node-config-input-' : '#node-input-';
    var names = Object.keys(node._def.defaults).concat(Object.keys(node._def.credentials || {}));
    return names
      .map(function (name) {
        return { name: name, input: $(prefix + name) };
      })
      .filter(function (field) {
        return (
          field.input.is('input:not([type="checkbox"], [type="hidden"]), textarea') || isTyped(field.input)
        );
      });
  }

  function watchVariables(node) {
    var environment = createEnvironment(node);
    var fields = fieldsOf(node);
    fields.forEach(function (field) {
      field.warn = window.bitlane.createWarning(field.input, 'variable-' + field.name);
      field.warnOfKey = window.bitlane.createWarning(field.input, 'key-' + field.name);
    });
    var judge = function (field) {
      var read = readVariables(field.input);
      var unset = neededBy(node, read.names).filter(environment.isUnset)[0];
      var facts = environment.facts();
      if (unset !== undefined) field.warn(node._('bitlane.warning.unset', { name: unset }));
      else if (read.part !== undefined) field.warn(partSentence(node, field, read.part));
      else field.warn('');
      // Of a secret the editor judges nothing by itself.
      if (isSecret(node, field)) field.input.toggleClass('input-error', read.part !== undefined);
      var isKeyAtRisk = facts.isKeyMadeUp && isNewSecret(node, field, read);
      field.warnOfKey(isKeyAtRisk ? node._('bitlane.warning.madeUpKey') : '');
    };
    var judgeAll = function () {
      fields.forEach(judge);
    };
    var ask = function () {
      var names = fields.map(function (field) {
        return neededBy(node, readVariables(field.input).names);
      });
      environment.ask([].concat.apply([], names), function () {
        showSaved(node, fields, environment.facts().variables);
        judgeAll();
      });
    };
    fields.forEach(showVariableAsText);
    fields.forEach(function (field) {
      field.input.on('input change', function () {
        judge(field);
      });
      field.input.on('change', ask);
    });
    judgeAll();
    ask();
  }

  function neededBy(node, names) {
    return [].concat.apply(
      [],
      names.map(function (name) {
        return window.bitlane.processVariables(node, name);
      }),
    );
  }

  function partSentence(node, field, text) {
    if (isSecret(node, field)) return node._('bitlane.warning.partSecret', { text: text });
    return node._('bitlane.warning.partVariable', { text: text });
  }

  function isSecret(node, field) {
    var credential = (node._def.credentials || {})[field.name];
    return Boolean(credential) && credential.type === 'password';
  }

  /** The name of a variable is no secret, and behind dots it looks like a password that somebody has set. */
  function showVariableAsText(field) {
    var input = field.input;
    if (input.attr('type') !== 'password') return;
    var show = function () {
      var type = WHOLE.test(input.val()) ? 'text' : 'password';
      if (input.attr('type') === type) return;
      var place = input[0].selectionStart;
      input.attr('type', type);
      // With the type the browser moves the cursor to the beginning.
      if (document.activeElement === input[0]) input[0].setSelectionRange(place, place);
    };
    input.on('input change', show);
    show();
  }

  /** As if the variable had been typed just now: what the node remembers of it, Done does not take for a change. */
  function showSaved(node, fields, variables) {
    fields.forEach(function (field) {
      var name = variables[field.name];
      if (name === undefined || field.input.val() !== SAVED || !isSecret(node, field)) return;
      var text = '${' + name + '}';
      node.credentials[field.name] = text;
      field.input.val(text).trigger('change');
    });
  }

  /** The portal is the first node that everybody fills in; saying it at each would be noise. */
  function isNewSecret(node, field, read) {
    if (node.type !== 'bitrix-portal' || read.names.length > 0 || read.part !== undefined) return false;
    if (!isSecret(node, field)) return false;
    return field.input.val() !== '' && field.input.val() !== SAVED;
  }

  window.bitlane = window.bitlane || {};
  window.bitlane.prepares = (window.bitlane.prepares || []).concat(watchVariables);
})();
