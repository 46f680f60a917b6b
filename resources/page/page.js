// The page that the app shows inside the portal: the bots, and for administrators the means to change them.
(function () {
  'use strict';

  var bitlane = window.bitlanePage;
  var words = bitlane.start.texts.words;
  var make = bitlane.make;
  var fill = bitlane.fill;
  var button = bitlane.button;
  var page = document.getElementById('page');
  var news = make('div', { class: 'news', role: 'status', 'aria-live': 'polite' });
  var list = make('div');
  var isAdmin = false;

  function tell(text, isBad) {
    news.className = 'news ' + (isBad ? 'bad' : 'good');
    news.textContent = text;
  }

  function tellFailure(failure) {
    tell(typeof failure === 'string' ? failure : failure.sentence || words.noAnswer, true);
    var key = failure.problem && failure.problem.key;
    if (key === 'conflict' || key === 'gone' || key === 'forbidden') load();
  }

  function load() {
    return bitlane.ask({ action: 'list' }).then(function (answer) {
      isAdmin = answer.isAdmin;
      show(answer.bots);
    }, tellFailure);
  }

  function show(bots) {
    var role = make('p', { class: 'quiet' }, isAdmin ? words.asAdmin : words.asReader);
    list.replaceChildren(role);
    if (bots.length === 0) list.append(make('p', {}, words.none));
    bots.forEach(function (bot) {
      list.append(card(bot));
    });
  }

  /** The card in place of an earlier one of the same bot; where somebody was stays where it was. */
  function replace(old, bot, focused) {
    var fresh = card(bot);
    old.replaceWith(fresh);
    var target = focused && fresh.querySelector(focused);
    if (target) target.focus();
  }

  function card(bot) {
    var titleId = 'bot-' + bot.code;
    var whole = make('article', { class: 'card', 'aria-labelledby': titleId });
    var who = make('div', { class: 'who' }, [
      make('h2', { id: titleId }, bot.name),
      make('p', { class: 'quiet' }, [words.code + ': ', make('code', {}, bot.code)]),
      stateLine(bot),
    ]);
    whole.append(make('div', { class: 'head' }, [picture(bot), who, onOff(bot, whole)]));
    if (!bot.isOn) whole.append(make('p', { class: 'off' }, words.offMeans));
    whole.append(make('h3', {}, words.commands), commandList(bot.commands));
    var changed = changesOf(bot.changed);
    if (changed !== '') whole.append(make('p', { class: 'quiet' }, fill(words.changed, { what: changed })));
    if (isAdmin && bot.canBeEdited) whole.append(actions(bot, whole));
    return whole;
  }

  function picture(bot) {
    if (!bot.picture) {
      return make('div', { class: 'picture', 'aria-hidden': 'true' }, Array.from(bot.name)[0] || '');
    }
    return make('img', { class: 'picture', src: bot.picture, alt: fill(words.picture, { name: bot.name }) });
  }

  function stateLine(bot) {
    var state = bot.state;
    if (state.kind === 'registered') {
      return make('p', { class: 'good' }, fill(words.registered, { id: state.id }));
    }
    var text = words[state.kind] + (state.problem ? '. ' + bitlane.sentenceFor(state.problem) : '');
    return make('p', { class: state.kind === 'failed' ? 'bad' : 'quiet' }, text);
  }

  function commandList(commands) {
    if (commands.length === 0) return make('p', { class: 'quiet' }, words.noCommands);
    return make(
      'ul',
      {},
      commands.map(function (command) {
        var params = inOwnLanguage(command.params);
        var title = command.isHidden ? words.hidden : inOwnLanguage(command.titles);
        var line = ['/' + command.name, params].filter(Boolean).join(' ');
        return make('li', {}, [make('code', {}, line), title ? ' – ' + title : '']);
      }),
    );
  }

  function inOwnLanguage(texts) {
    return texts[bitlane.start.language] || texts.en || texts[Object.keys(texts)[0]] || '';
  }

  function changesOf(changed) {
    var names = changed.commands.map(function (name) {
      return '/' + name;
    });
    return [
      changed.name ? words.changedName : '',
      changed.picture ? words.changedPicture : '',
      names.length > 0 ? fill(words.changedCommands, { list: names.join(' ') }) : '',
    ]
      .filter(Boolean)
      .join(', ');
  }

  function onOff(bot, whole) {
    if (!isAdmin) return make('p', {}, bot.isOn ? words.on : words.off);
    var flip = function () {
      flipper.disabled = true;
      bitlane.ask({ action: 'switch', code: bot.code, isOn: !bot.isOn }).then(
        function (answer) {
          replace(whole, answer.bot, '.switch');
          tell(fill(answer.bot.isOn ? words.switchedOn : words.switchedOff, { name: answer.bot.name }));
        },
        function (failure) {
          flipper.disabled = false;
          tellFailure(failure);
        },
      );
    };
    var flipper = button(bot.isOn ? words.on : words.off, flip, 'switch');
    flipper.setAttribute('role', 'switch');
    flipper.setAttribute('aria-checked', String(bot.isOn));
    flipper.setAttribute('aria-label', fill(words.switchLabel, { name: bot.name }));
    return flipper;
  }

  function actions(bot, whole) {
    var row = make('div', { class: 'buttons' });
    row.append(
      button(
        fill(words.edit, { name: bot.name }),
        function () {
          row.replaceWith(bitlane.form(bot, hostOf(bot, whole)));
          whole.querySelector('form input').focus();
        },
        'edit',
      ),
    );
    if (changesOf(bot.changed) !== '') row.append(button(words.discard, askToDiscard));

    // A frame of another site may open no dialog of the browser, so the page asks itself.
    function askToDiscard() {
      var stay = button(words.cancel, function () {
        replace(whole, bot, '.edit');
      });
      var discard = button(words.discardYes, function () {
        submit(row, whole, { action: 'discard', code: bot.code, revision: bot.revision }, words.discarded);
      });
      row.replaceChildren(make('p', {}, words.discardAsk), discard, stay);
      stay.focus();
    }
    return row;
  }

  function hostOf(bot, whole) {
    return {
      save: function (form, wish) {
        submit(form, whole, wish, words.saved);
      },
      cancel: function () {
        replace(whole, bot, '.edit');
      },
      complain: function (sentence) {
        tell(sentence, true);
      },
    };
  }

  /** Sends a wish about one bot; what can be pressed cannot be pressed twice. */
  function submit(area, whole, wish, done) {
    var inputs = area.querySelectorAll('button, input');
    var lock = function (isLocked) {
      inputs.forEach(function (input) {
        input.disabled = isLocked;
      });
    };
    lock(true);
    tell(words.saving);
    bitlane.ask(wish).then(
      function (answer) {
        var sentence = answer.isPending ? words.pending : answer.isShownElse ? words.shownElse : done;
        replace(whole, answer.bot, '.edit');
        tell(fill(sentence, { name: answer.bot.name }));
      },
      function (failure) {
        lock(false);
        tellFailure(failure);
      },
    );
  }

  page.append(make('h1', {}, bitlane.start.texts.title), news, list);
  list.append(make('p', { class: 'quiet' }, words.loading));
  load();
})();
