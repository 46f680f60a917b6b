// What the dialogs of the pack share. Loaded by the pages of the nodes; runs in the editor.
(function () {
  'use strict';

  /** The dialog's values as they stand now: a person wants to check before pressing Done. */
  function readForm(node) {
    var read = function (name) {
      var input = field(node, name);
      return input.attr('type') === 'checkbox' ? input.prop('checked') : input.val();
    };
    var form = { id: node.id, credentials: {} };
    Object.keys(node._def.defaults).forEach(function (name) {
      if (field(node, name).length > 0) form[name] = read(name);
    });
    Object.keys(node._def.credentials || {}).forEach(function (name) {
      form.credentials[name] = read(name);
    });
    return form;
  }

  /** The form field of a property. */
  function field(node, name) {
    var prefix = node._def.category === 'config' ? '#node-config-input-' : '#node-input-';
    return $(prefix + name);
  }

  /** The answer comes in the language of the editor. */
  function post(node, action, form) {
    var language = '?lng=' + encodeURIComponent(RED.i18n.lang());
    var send = function () {
      return $.ajax({
        url: 'bitlane/' + node.type + '/' + action + language,
        type: 'POST',
        contentType: 'application/json',
        data: JSON.stringify(form),
      });
    };
    // The runtime knows the languages that an editor has asked for since its start, and this editor may be older.
    return $.ajax({ url: 'locales/bitlane' + language }).then(send, send);
  }

  /**
   * Puts the Check connection button, and the place for its answer, into the dialog's element `.bitlane-check`.
   * `onAnswer`, if given, gets the whole answer.
   */
  function addCheckButton(node, onAnswer) {
    var place = $('.bitlane-check').empty();
    var button = $('<button type="button" class="red-ui-button">').text(node._('bitlane.check.button'));
    var answer = $('<div class="bitlane-answer" role="status" aria-live="polite">');
    var show = function (ok, text) {
      answer.css('color', ok === false ? 'var(--red-ui-text-color-error)' : '').empty();
      text.split('\n').forEach(function (sentence) {
        answer.append($('<div style="margin-top: 4px">').text(sentence));
      });
      if (ok)
        answer
          .children()
          .first()
          .prepend($('<i class="fa fa-check-circle bitlane-good" aria-hidden="true">'));
    };
    button.on('click', function () {
      button.prop('disabled', true);
      show(undefined, node._('bitlane.check.running'));
      post(node, 'check', readForm(node))
        .done(function (result) {
          show(result.isHint ? undefined : result.ok, result.message);
          if (onAnswer) onAnswer(result);
        })
        .fail(function () {
          show(false, node._('bitlane.check.failed'));
        })
        .always(function () {
          button.prop('disabled', false);
        });
    });
    place.append(button, answer);
    // What was answered to one way in says nothing about another.
    field(node, 'authType').on('change', function () {
      answer.empty();
    });
  }

  /** For an app whose installation never arrived: a page of the portal where a person says yes. */
  function addLinkButton(node) {
    var place = $('.bitlane-link').empty();
    var button = $('<button type="button" class="red-ui-button">').text(node._('bitrix-portal.link.button'));
    var answer = $('<div class="bitlane-answer" role="status" aria-live="polite">');
    button.on('click', function () {
      post(node, 'link', readForm(node)).done(function (result) {
        answer.text(result.message);
        if (!result.ok) return;
        var link = $('<a target="_blank" rel="noopener noreferrer">')
          .attr('href', result.details)
          .text(result.details);
        answer.append($('<br>'), link);
      });
    });
    place.append(button, answer);
  }

  /**
   * Asks one action of the node, once while the dialog is open; again when one of these fields has changed, or after a
   * no. Make one for each dialog.
   */
  function createAsker(node, action, fields) {
    var asked = {};
    return function () {
      var form = readForm(node);
      var key = JSON.stringify(
        fields.map(function (name) {
          return field(node, name).val();
        }),
      );
      if (asked[key]) return asked[key];
      var forget = function () {
        delete asked[key];
      };
      asked[key] = post(node, action, form)
        .done(function (result) {
          if (!result.ok) forget();
        })
        .fail(forget);
      return asked[key];
    };
  }

  /**
   * Makes a text field offer what the portal has, as soon as somebody goes into it. What is typed stays as it is typed,
   * and without a portal the field is an ordinary one, with a sentence under it that says why.
   *
   * With `isList` the field holds several, with commas in between.
   *
   * `ask` comes from createAsker; `offer` gets the answer's details and returns `{ choices: [{ value, label }] }`, or
   * `{ choices: [], reason }`; `onChoose` gets the choice, and `picture`, if given, returns what stands before it. The editor's own autoComplete is not used: it puts its first
   * entry in the place of what was typed when a person goes on to the next field with Tab.
   */
  function suggest(node, input, options) {
    var hint = $('<div role="status" aria-live="polite" class="bitlane-hint">')
      .css({ fontSize: '0.9em', color: 'var(--red-ui-secondary-text-color)', marginTop: 2 })
      .hide()
      .insertAfter(input);
    var explain = function (reason) {
      var left = input.offset().left - hint.parent().offset().left;
      hint.css({ marginLeft: left, maxWidth: input.outerWidth() });
      hint.text(reason ? node._('bitlane.suggest.none', { reason: reason }) : '').toggle(Boolean(reason));
    };
    var justEntered = false;
    /** To what stands in the field, because nothing has been typed for it. */
    var isAdded = false;
    var lastOf = function (text) {
      return (options.isList ? text.replace(/^.*,/, '') : text).trim();
    };
    var withChoice = function (value) {
      if (!options.isList) return value;
      var others = input.val().split(',');
      if (!isAdded) others.pop();
      return others
        .map(function (other) {
          return other.trim();
        })
        .concat(value)
        .filter(function (one, place, all) {
          return one !== '' && all.indexOf(one) === place;
        })
        .join(', ');
    };
    input.autocomplete({
      minLength: 0,
      delay: 0,
      classes: { 'ui-autocomplete': 'bitlane-suggestions' },
      // Above the field when there is no room below it.
      position: { my: 'left top', at: 'left bottom', collision: 'flip' },
      messages: {
        noResults: node._('bitlane.suggest.noMatch'),
        results: function (count) {
          return node._('bitlane.suggest.found', { count: count });
        },
      },
      source: function (request, respond) {
        isAdded = justEntered;
        var term = justEntered ? '' : lastOf(request.term).toLowerCase();
        justEntered = false;
        options
          .ask()
          .done(function (result) {
            var offered = result.ok
              ? options.offer(result.details || [])
              : { choices: [], reason: result.message };
            explain(offered.reason);
            respond(
              offered.choices.filter(function (choice) {
                return choice.label.toLowerCase().indexOf(term) >= 0;
              }),
            );
          })
          .fail(function () {
            explain(node._('bitlane.check.failed'));
            respond([]);
          });
      },
      // Walking through the list with the arrow keys does not change the field before a choice is made.
      focus: function (event) {
        event.preventDefault();
      },
      select: function (event, ui) {
        event.preventDefault();
        input.val(withChoice(ui.item.value)).trigger('change');
        if (options.onChoose) options.onChoose(ui.item);
      },
    });
    if (options.picture) {
      input.autocomplete('instance')._renderItem = function (list, item) {
        return $('<li>')
          .append($('<div>').append(options.picture(item), document.createTextNode(item.label)))
          .appendTo(list);
      };
    }
    input.on('focus', function () {
      justEntered = true;
      input.autocomplete('search', '');
    });
  }

  // Every page of the pack loads this file, and other files of the pack add to the same object.
  window.bitlane = Object.assign(window.bitlane || {}, {
    readForm: readForm,
    field: field,
    post: post,
    addCheckButton: addCheckButton,
    addLinkButton: addLinkButton,
    createAsker: createAsker,
    suggest: suggest,
  });
})();
