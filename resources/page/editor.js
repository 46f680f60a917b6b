// The form in which an administrator of the portal changes a bot.
(function () {
  'use strict';

  var bitlane = window.bitlanePage;
  var words = bitlane.start.texts.words;
  var language = bitlane.start.language;
  var make = bitlane.make;
  var button = bitlane.button;
  var field = bitlane.field;
  var textInput = bitlane.textInput;

  /** `host` has `save(form, wish)`, `cancel()` and `complain(sentence)`. */
  function form(bot, host) {
    var name = textInput(bot.name, 100);
    name.required = true;
    var chosen = bitlane.pictureField();
    var rows = make('div', {}, bot.commands.map(commandRow));
    var before = JSON.stringify(readCommands(rows));
    var add = button(words.addCommand, function () {
      var empty = { name: '', titles: {}, params: {} };
      empty.titles[language] = '';
      var row = commandRow(empty);
      rows.append(row);
      row.querySelector('input').focus();
    });
    var cancel = button(words.cancel, host.cancel);
    var save = make('button', { type: 'submit', class: 'main' }, words.save);
    var editor = make('form', { novalidate: '' }, [
      field(words.name, name),
      chosen.element,
      make('h3', {}, words.commands),
      rows,
      add,
      make('div', { class: 'buttons' }, [save, cancel]),
    ]);
    editor.addEventListener('submit', function (event) {
      event.preventDefault();
      var wish = { action: 'save', code: bot.code, revision: bot.revision };
      if (name.value !== bot.name) wish.name = name.value;
      var commands = readCommands(rows);
      if (!commands) {
        host.complain(words.badLanguage);
        return;
      }
      if (JSON.stringify(commands) !== before) wish.commands = commands;
      chosen.read().then(
        function (base64) {
          if (base64 !== undefined) wish.picture = base64;
          host.save(editor, wish);
        },
        function () {
          host.complain(words.badPicture);
        },
      );
    });
    return editor;
  }

  function commandRow(command) {
    var word = textInput(command.name, 60);
    var texts = make('div');
    var row = make('fieldset', { class: 'command' }, [
      make('legend', {}, command.name ? '/' + command.name : words.command),
      field(words.command, word, words.commandHelp),
      texts,
    ]);
    word.classList.add('word');
    var languages = Object.keys(command.titles);
    (languages.length > 0 ? languages : [language]).forEach(function (known) {
      texts.append(languageRow(known, command.titles[known], command.params[known]));
    });
    var addLanguage = button(words.addLanguage, function () {
      var added = languageRow(freeLanguage(texts), '', '');
      texts.append(added);
      added.querySelector('input').focus();
    });
    var remove = button(
      bitlane.fill(words.removeCommand, { name: command.name ? '/' + command.name : '' }),
      function () {
        var next = row.nextElementSibling || row.previousElementSibling;
        row.remove();
        var target = next && next.querySelector('input');
        if (target) target.focus();
      },
    );
    row.append(make('div', { class: 'buttons' }, [addLanguage, remove]));
    return row;
  }

  function freeLanguage(texts) {
    var taken = languageRowsOf(texts).map(function (row) {
      return row.language;
    });
    return (
      ['en', 'ru'].filter(function (known) {
        return taken.indexOf(known) < 0;
      })[0] || ''
    );
  }

  function languageRow(known, title, params) {
    var inputs = [textInput(known, 3), textInput(title || '', 200), textInput(params || '', 200)];
    ['language', 'title', 'params'].forEach(function (name, place) {
      inputs[place].classList.add(name);
    });
    var row = make('div', { class: 'row' }, [
      field(words.language, inputs[0], '', 'short'),
      field(words.commandTitle, inputs[1]),
      field(words.params, inputs[2]),
    ]);
    inputs[0].setAttribute('title', words.languageHelp);
    var remove = button('×', function () {
      row.remove();
    });
    remove.setAttribute('aria-label', words.removeLanguage);
    row.append(remove);
    return row;
  }

  function languageRowsOf(area) {
    return Array.from(area.querySelectorAll('.row')).map(function (row) {
      var text = function (name) {
        return row.querySelector('.' + name).value.trim();
      };
      return { language: text('language').toLowerCase(), title: text('title'), params: text('params') };
    });
  }

  /** Nothing when a language is no language, or is there twice. */
  function readCommands(rows) {
    var isReadable = true;
    var commands = Array.from(rows.children).map(function (row) {
      var command = { name: row.querySelector('.word').value.trim(), titles: {}, params: {} };
      languageRowsOf(row).forEach(function (texts) {
        if (texts.title === '' && texts.params === '') return;
        var isTaken = Object.keys(command.titles).indexOf(texts.language) >= 0;
        if (!/^[a-z]{2,3}$/.test(texts.language) || isTaken) isReadable = false;
        command.titles[texts.language] = texts.title;
        command.params[texts.language] = texts.params;
      });
      return command;
    });
    return isReadable ? commands : undefined;
  }

  window.bitlanePage = Object.assign(window.bitlanePage || {}, { form: form });
})();
