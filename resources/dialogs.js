// What the dialogs of the pack share. Loaded by the pages of the nodes; runs in the editor.
(function () {
  'use strict';

  /** The dialog's values as they stand now: a person wants to check before pressing Done. */
  function readForm(node) {
    var prefix = '#node-config-input-';
    var read = function (name) {
      var field = $(prefix + name);
      return field.attr('type') === 'checkbox' ? field.prop('checked') : field.val();
    };
    var form = { id: node.id, credentials: {} };
    Object.keys(node._def.defaults).forEach(function (name) {
      if ($(prefix + name).length > 0) form[name] = read(name);
    });
    Object.keys(node._def.credentials || {}).forEach(function (name) {
      form.credentials[name] = read(name);
    });
    return form;
  }

  function post(node, action, form) {
    return $.ajax({
      url: 'bitlane/' + node.type + '/' + action,
      type: 'POST',
      contentType: 'application/json',
      data: JSON.stringify(form),
    });
  }

  /** Puts the Check connection button, and the place for its answer, into the dialog's element `.bitlane-check`. */
  function addCheckButton(node) {
    var place = $('.bitlane-check').empty();
    var button = $('<button type="button" class="red-ui-button">').text(node._('bitlane.check.button'));
    var answer = $('<div role="status" aria-live="polite" style="margin-top: 8px; white-space: pre-line">');
    var show = function (ok, text) {
      answer.css('color', ok === false ? 'var(--red-ui-text-color-error)' : '').text(text);
    };
    button.on('click', function () {
      button.prop('disabled', true);
      show(undefined, node._('bitlane.check.running'));
      post(node, 'check', readForm(node))
        .done(function (result) {
          show(result.ok, result.message);
        })
        .fail(function () {
          show(false, node._('bitlane.check.failed'));
        })
        .always(function () {
          button.prop('disabled', false);
        });
    });
    place.append(button, answer);
  }

  /** For an app whose installation never arrived: a page of the portal where a person says yes. */
  function addLinkButton(node) {
    var place = $('.bitlane-link').empty();
    var button = $('<button type="button" class="red-ui-button">').text(node._('bitrix-portal.link.button'));
    var answer = $('<div role="status" aria-live="polite" style="margin-top: 8px">');
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

  /** One row a command: its word, its titles and parameters in two languages, where it may be used. */
  function addCommandTable(node, list) {
    var field = function (row, name, value) {
      return $('<input type="text" style="width: 48%; margin: 0 4px 4px 0">')
        .attr({
          placeholder: node._('bitrix-bot.command.' + name),
          'aria-label': node._('bitrix-bot.command.' + name),
        })
        .addClass('bitlane-' + name)
        .val(value || '')
        .appendTo(row);
    };
    var flag = function (row, name, value) {
      var box = $('<input type="checkbox" style="width: auto; margin: 0 4px">').addClass('bitlane-' + name);
      box.prop('checked', value === true);
      $('<label style="width: auto; margin-right: 10px">')
        .append(box, node._('bitrix-bot.command.' + name))
        .appendTo(row);
    };
    list.editableList({
      addButton: true,
      removable: true,
      sortable: true,
      height: 'auto',
      addItem: function (row, _index, command) {
        var title = command.title || {};
        var params = command.params || {};
        field(row, 'name', command.command);
        $('<br>').appendTo(row);
        var titles = [field(row, 'titleEn', title.en), field(row, 'titleRu', title.ru)];
        field(row, 'paramsEn', params.en);
        field(row, 'paramsRu', params.ru);
        flag(row, 'common', command.common);
        flag(row, 'hidden', command.hidden);
        flag(row, 'extranet', command.extranet);
        var warning = $('<div class="form-tips">').text(node._('bitrix-bot.command.untitled')).appendTo(row);
        var warn = function () {
          var isTitled = titles.some(function (input) {
            return input.val().trim() !== '';
          });
          warning.toggle(!isTitled && !row.find('.bitlane-hidden').prop('checked'));
        };
        row.on('input change', warn);
        warn();
      },
    });
    list.editableList('addItems', Array.isArray(node.commands) ? node.commands : []);
  }

  function readCommandTable(list) {
    return list
      .editableList('items')
      .toArray()
      .map(function (item) {
        var text = function (name) {
          return item
            .find('.bitlane-' + name)
            .val()
            .trim();
        };
        var isOn = function (name) {
          return item.find('.bitlane-' + name).prop('checked');
        };
        return {
          command: text('name').replace(/^\//, ''),
          title: withoutEmpty({ en: text('titleEn'), ru: text('titleRu') }),
          params: withoutEmpty({ en: text('paramsEn'), ru: text('paramsRu') }),
          common: isOn('common'),
          hidden: isOn('hidden'),
          extranet: isOn('extranet'),
        };
      })
      .filter(function (command) {
        return command.command !== '';
      });
  }

  function withoutEmpty(texts) {
    Object.keys(texts).forEach(function (language) {
      if (texts[language] === '') delete texts[language];
    });
    return texts;
  }

  /** Bots and commands as the portal has them; our own can be removed. */
  function addBotList(node) {
    var place = $('.bitlane-bots');
    var answer = $('<div role="status" aria-live="polite">');
    var button = $('<button type="button" class="red-ui-button">').text(node._('bitrix-bot.list.button'));
    var show = function () {
      post(node, 'list', readForm(node)).done(function (result) {
        answer.empty().text(result.ok ? '' : result.message);
        (result.details || []).forEach(function (bot) {
          answer.append(botRow(node, bot, show));
        });
      });
    };
    button.on('click', show);
    place.append(button, answer);
  }

  function botRow(node, bot, refresh) {
    var commands = (bot.commands || []).map(function (command) {
      return command.command;
    });
    var text = bot.name + ' (' + bot.code + ', ' + bot.id + ') ' + commands.join(' ');
    var row = $('<div style="margin: 6px 0">').text(text);
    if (bot.isOwn === false) return row.append(' ', $('<i>').text(node._('bitrix-bot.list.foreign')));
    var remove = $(
      '<button type="button" class="red-ui-button red-ui-button-small" style="margin-left: 8px">',
    );
    remove.text(node._('bitrix-bot.list.remove')).on('click', function () {
      if (!window.confirm(node._('bitrix-bot.list.confirm'))) return;
      var form = readForm(node);
      form.botId = bot.id;
      post(node, 'remove', form).always(refresh);
    });
    return row.append(remove);
  }

  window.bitlane = {
    addCheckButton: addCheckButton,
    addLinkButton: addLinkButton,
    addCommandTable: addCommandTable,
    readCommandTable: readCommandTable,
    addBotList: addBotList,
  };
})();
