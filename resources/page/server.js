// What the page asks of the server that has sent it, in the name of whoever opened it.
(function () {
  'use strict';

  var start = JSON.parse(document.getElementById('start').textContent);
  var words = start.texts.words;
  var fill = window.bitlanePage.fill;

  function sentenceFor(problem) {
    var sentence = start.texts.problems[problem && problem.key] || start.texts.problems.unexpected;
    return fill(sentence, { command: (problem && problem.command) || '' });
  }

  /** Resolves with the answer; rejects with a sentence. */
  function ask(wish) {
    var headers = { 'Content-Type': 'application/json' };
    headers[start.header] = start.bearer;
    var request = { method: 'POST', headers: headers, credentials: 'omit', body: JSON.stringify(wish) };
    // Without its query: that of the portal has nothing to do here.
    return window
      .fetch(window.location.pathname, request)
      .catch(function () {
        throw words.noAnswer;
      })
      .then(function (response) {
        if (response.status === 413) throw words.tooLarge;
        return response.json().catch(function () {
          throw words.noAnswer;
        });
      })
      .then(function (answer) {
        if (answer.ok) return answer;
        var failure = { problem: answer.problem || {}, sentence: sentenceFor(answer.problem) };
        throw failure;
      });
  }

  window.bitlanePage = Object.assign(window.bitlanePage || {}, {
    start: start,
    ask: ask,
    sentenceFor: sentenceFor,
  });
})();
