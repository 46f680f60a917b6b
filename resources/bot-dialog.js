// What the dialog of bitrix-bot has of its own. Loaded after dialogs.js; runs in the editor.
(function () {
  'use strict';

  /** One row a command: its word, its titles and parameters in two languages, where it may be used. */
  function addCommandTable(node, list, ask) {
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
      var box = $('<input type="checkbox">').addClass('bitlane-' + name);
      box.prop('checked', value === true);
      $('<label class="bitlane-tick">')
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
        // The table shows two languages; what else a command has goes through as it is.
        row.data('bitlane-command', command);
        var name = field(row, 'name', command.command);
        $('<br>').appendTo(row);
        var titles = [field(row, 'titleEn', title.en), field(row, 'titleRu', title.ru)];
        field(row, 'paramsEn', params.en);
        field(row, 'paramsRu', params.ru);
        flag(row, 'common', command.common);
        flag(row, 'hidden', command.hidden);
        flag(row, 'extranet', command.extranet);
        var others = Object.keys(withoutShown(title));
        if (others.length > 0) {
          $('<div class="form-tips">')
            .text(node._('bitrix-bot.command.others', { languages: others.join(', ') }))
            .appendTo(row);
        }
        var setUntitled = addUntitledWarning(node, row, titles);
        var warn = function () {
          var isWritten = titles.some(function (input) {
            return input.val().trim() !== '';
          });
          var isTitled = isWritten || others.length > 0;
          setUntitled(!isTitled && !row.find('.bitlane-hidden').prop('checked'));
        };
        row.on('input change', warn);
        warn();
        suggestCommands(node, { list: list, row: row, name: name, ask: ask });
      },
    });
    list.editableList('addItems', Array.isArray(node.commands) ? node.commands : []);
  }

  var untitledWarnings = 0;

  /** A place that is there and empty from the beginning: what is put into it later is read aloud. */
  function addUntitledWarning(node, row, titles) {
    untitledWarnings += 1;
    var id = 'bitlane-untitled-' + untitledWarnings;
    var place = $('<div role="status" aria-live="polite">').attr('id', id).appendTo(row);
    return function (isUntitled) {
      var isShown = place.children().length > 0;
      if (isUntitled === isShown) return;
      place.empty();
      if (isUntitled)
        $('<div class="form-tips">').text(node._('bitrix-bot.command.untitled')).appendTo(place);
      titles.forEach(function (input) {
        if (isUntitled) input.attr('aria-describedby', id);
        else input.removeAttr('aria-describedby');
      });
    };
  }

  /** The commands that the bot has on the portal, without those that stand in the table already. */
  function suggestCommands(node, cell) {
    window.bitlane.suggest(node, cell.name, {
      ask: cell.ask,
      offer: function (bots) {
        var bot = findBot(bots, window.bitlane.field(node, 'code').val());
        if (bot && !bot.commands) return { choices: [], reason: node._('bitrix-bot.command.unlisted') };
        var others = wordsOf(cell.list, cell.row);
        var free = ((bot && bot.commands) || []).filter(function (command) {
          return others.indexOf(command.name.toLowerCase()) < 0;
        });
        return {
          choices: free.map(function (command) {
            var title = command.title === '' ? '' : ' – ' + command.title;
            return { value: command.name, label: '/' + command.name + title, command: command };
          }),
        };
      },
      // Deploy makes the portal's command as the row is: what the row cannot know yet would be switched off.
      onChoose: function (choice) {
        ['common', 'hidden', 'extranet'].forEach(function (name) {
          cell.row.find('.bitlane-' + name).prop('checked', choice.command[name] === true);
        });
        cell.row.trigger('change');
      },
    });
  }

  /** The commands of the other rows. */
  function wordsOf(list, row) {
    return list
      .editableList('items')
      .toArray()
      .filter(function (item) {
        return item[0] !== row[0];
      })
      .map(function (item) {
        return item.find('.bitlane-name').val().trim().replace(/^\//, '').toLowerCase();
      });
  }

  function findBot(bots, code) {
    return bots.filter(function (bot) {
      return bot.isOwn !== false && bot.code === code.trim();
    })[0];
  }

  /** Our bots on the portal; a chosen one brings its name, if none is written yet, and its type, which stays. */
  function suggestBots(node, ask) {
    var field = window.bitlane.field;
    window.bitlane.suggest(node, field(node, 'code'), {
      ask: ask,
      offer: function (bots) {
        var own = bots.filter(function (bot) {
          return bot.isOwn !== false;
        });
        return {
          choices: own.map(function (bot) {
            return { value: bot.code, label: bot.code + ' – ' + bot.name, bot: bot };
          }),
        };
      },
      onChoose: function (choice) {
        var name = field(node, 'botName');
        if (name.val().trim() === '') name.val(choice.bot.name).trigger('change');
        var type = field(node, 'botType');
        var isKnown = type.find('option').is(function () {
          return this.value === choice.bot.type;
        });
        if (isKnown) type.val(choice.bot.type).trigger('change');
      },
    });
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
        var kept = item.data('bitlane-command') || {};
        return {
          command: text('name').replace(/^\//, ''),
          title: withoutEmpty(withOthers({ en: text('titleEn'), ru: text('titleRu') }, kept.title)),
          params: withoutEmpty(withOthers({ en: text('paramsEn'), ru: text('paramsRu') }, kept.params)),
          common: isOn('common'),
          hidden: isOn('hidden'),
          extranet: isOn('extranet'),
        };
      })
      .filter(function (command) {
        return command.command !== '';
      });
  }

  function withOthers(shown, all) {
    return Object.assign(withoutShown(all || {}), shown);
  }

  /** The languages that the table has no place for. */
  function withoutShown(texts) {
    var others = Object.assign({}, texts);
    delete others.en;
    delete others.ru;
    return others;
  }

  function withoutEmpty(texts) {
    Object.keys(texts).forEach(function (language) {
      if (texts[language] === '') delete texts[language];
    });
    return texts;
  }

  /** Bots and commands as the portal has them; our own can be removed. Asked anew whenever a person opens it. */
  function addBotList(node) {
    var group = $('.bitlane-bots');
    var answer = $('<div class="form-row" role="status" aria-live="polite">').appendTo(group);
    var show = function () {
      answer.text(node._('bitlane.check.running'));
      window.bitlane
        .post(node, 'list', window.bitlane.readForm(node))
        .done(function (result) {
          var bots = result.details || [];
          answer.empty().text(result.ok ? '' : result.message);
          if (result.ok && bots.length === 0) answer.text(node._('bitrix-bot.list.none'));
          bots.forEach(function (bot) {
            answer.append(botRow(node, bot, show));
          });
        })
        .fail(function () {
          answer.text(node._('bitlane.check.failed'));
        });
    };
    group.on('toggle', function () {
      if (group.prop('open')) show();
    });
  }

  function botRow(node, bot, refresh) {
    var commands = (bot.commands || []).map(function (command) {
      return '/' + command.name;
    });
    var text = bot.name + ' (' + bot.code + ', ' + bot.id + ') ' + commands.join(' ');
    var row = $('<div style="margin: 6px 0">').text(text);
    if (bot.isOwn === false) return row.append(' ', $('<i>').text(node._('bitrix-bot.list.foreign')));
    var remove = $(
      '<button type="button" class="red-ui-button red-ui-button-small" style="margin-left: 8px">',
    );
    remove.text(node._('bitrix-bot.list.remove')).on('click', function () {
      if (!window.confirm(node._('bitrix-bot.list.confirm'))) return;
      var form = window.bitlane.readForm(node);
      form.botId = bot.id;
      window.bitlane.post(node, 'remove', form).always(refresh);
    });
    return row.append(remove);
  }

  /** Which Open Channels there are, and in which of them this bot answers. Asked anew whenever a person opens it. */
  function addLineList(node) {
    var group = $('.bitlane-lines');
    var answer = $('<div class="form-row" role="status" aria-live="polite">').appendTo(group);
    var type = window.bitlane.field(node, 'botType');
    var showGroup = function () {
      group.toggle(type.val() === 'openline');
    };
    type.on('change', showGroup);
    showGroup();
    group.on('toggle', function () {
      if (!group.prop('open')) return;
      answer.text(node._('bitlane.check.running'));
      window.bitlane
        .post(node, 'lines', window.bitlane.readForm(node))
        .done(function (result) {
          answer.empty();
          (result.details || []).forEach(function (line) {
            answer.append(lineRow(node, line));
          });
          $('<div style="margin-top: 6px">').text(result.message).appendTo(answer);
        })
        .fail(function () {
          answer.text(node._('bitlane.check.failed'));
        });
    });
  }

  function lineRow(node, line) {
    var icon = $('<i class="fa fa-fw">').addClass(line.isAnswered ? 'fa-check' : '');
    var remarks = [];
    if (line.isAnswered) remarks.push(node._('bitrix-bot.lines.here'));
    else if (line.botIds)
      remarks.push(node._('bitrix-bot.lines.' + (line.botIds.length > 0 ? 'other' : 'empty')));
    if (!line.active) remarks.push(node._('bitrix-bot.lines.off'));
    var number = node._('bitrix-bot.lines.number', { id: line.id });
    var text = line.name + ' (' + [number].concat(remarks).join(', ') + ')';
    return $('<div style="margin: 4px 0">').append(icon, ' ', $('<span>').text(text));
  }

  /** What administrators of portals have changed on the page that the app shows there, one row a portal. */
  function addChanges(node, list) {
    var place = $('.bitlane-changes').hide();
    var answer = $('<div role="status" aria-live="polite">');
    var rows = $('<div>');
    place.append(rows, answer);
    var show = function () {
      return window.bitlane.post(node, 'changes', window.bitlane.readForm(node)).done(function (result) {
        rows.empty();
        (result.details || []).forEach(function (changes) {
          rows.append(changesRow(node, list, changes, { answer: answer, refresh: show }));
        });
        place.toggle(rows.children().length > 0 || answer.text() !== '');
      });
    };
    show();
  }

  function changesRow(node, list, changes, board) {
    var row = $('<div class="form-tips" style="margin: 6px 0; max-width: none">').text(changes.sentence);
    var buttons = $('<div style="margin-top: 6px">').appendTo(row);
    var addButton = function (text, onPress) {
      $('<button type="button" class="red-ui-button red-ui-button-small" style="margin-right: 8px">')
        .text(text)
        .on('click', onPress)
        .appendTo(buttons);
    };
    if (Object.keys(changes.fields).length > 0) {
      addButton(node._('bitrix-bot.changes.takeOver'), function () {
        takeOver(node, list, changes.fields);
        board.answer.text(node._('bitrix-bot.changes.taken'));
      });
    }
    addButton(node._('bitrix-bot.changes.discard'), function () {
      if (!window.confirm(node._('bitrix-bot.changes.confirm'))) return;
      var form = window.bitlane.readForm(node);
      form.memberId = changes.memberId;
      window.bitlane
        .post(node, 'discard', form)
        .done(function (result) {
          board.answer.text(result.message);
        })
        .fail(function () {
          board.answer.text(node._('bitlane.check.failed'));
        })
        .always(board.refresh);
    });
    return row;
  }

  /** Into the fields of the dialog, to be looked at before Done is pressed. */
  function takeOver(node, list, fields) {
    ['botName', 'avatar'].forEach(function (name) {
      if (fields[name] !== undefined) window.bitlane.field(node, name).val(fields[name]).trigger('change');
    });
    if (fields.commands === undefined) return;
    list.editableList('empty');
    list.editableList('addItems', fields.commands);
  }

  window.bitlane = Object.assign(window.bitlane || {}, {
    addChanges: addChanges,
    addCommandTable: addCommandTable,
    readCommandTable: readCommandTable,
    suggestBots: suggestBots,
    addBotList: addBotList,
    addLineList: addLineList,
  });
})();
