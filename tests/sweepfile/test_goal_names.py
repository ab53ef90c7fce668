"""Which way a metric's name says that it is better, and where it says nothing."""

import pytest

from wbtools.sweepfile.goal_names import GOALS, goal_of_name


def names(text):
    return text.split()


RISING = names("""
    acc accuracy val_acc valAcc val/acc/best best_val_acc val_acc_epoch acc_norm acc/loss.acc f1
    F1Score macro_f1 mAP val/mAP50 metrics/mAP50-95(B) mAP_0.5 mIoU val/IoU top1 top-5 recall@10
    NDCG@10 nDCG R2 r2_score val_R2 AUROC roc_auc PSNR samples_per_second explained_variance
    throughput sharpe episode_return eval/reward log_likelihood elbo true_negative_rate
    epoch/accuracy neg_mean_squared_error neg_root_mean_squared_error neg_loss neg_val_loss
    negative_log_loss -rmse val/-rmse 1-error 1-loss neg_brier_score inv_loss one_minus_err
""")
FALLING = names("""
    loss val/loss valLoss train_loss_epoch loss.mean epoch/val_loss dice_loss iou_loss
    reward_loss top1_err error top5_error word_error_rate rmse RMSE nmse mape perplexity val/ppl
    WER cer FID50k nll negative_log_likelihood neg_log_likelihood neg_elbo cross_entropy
    bits_per_byte false_negative_rate fpr misclassification cost crps brier_score aic hd95 LPIPS
    inference_latency regret neg_iou inv_acc 1-acc (1-acc) 1.0-acc 1_minus_ssim one_minus_acc
    -val/acc val/1-iou neg/val/loss
""")
OPEN = names("""
    m x score eval/score_h8 diff_score objective energy accuracy_drop acc_gap
    accuracy_difference delta_loss time_to_accuracy steps_to_reward loss_reduction
    error_free_rate loss_ratio reward_std acc_stderr loss_scale loss_weight acc_threshold
    train_acc_minus_val_acc attack_success_rate adv_acc forget_acc win_loss_ratio not_acc
    neg_neg_loss loss_neg negative_recall neg_f1 negative_sampling_loss inverse_dynamics_loss
    accuracy_of_loss_acc_err_acc neg_top1 rollout/ep_rew_mean neg 1- - / . epoch
""")


@pytest.mark.parametrize("name", RISING)
def test_what_is_to_rise(name):
    assert goal_of_name(name) == "maximize"


@pytest.mark.parametrize("name", FALLING)
def test_what_is_to_fall(name):
    assert goal_of_name(name) == "minimize"


@pytest.mark.parametrize("name", ["", *OPEN])
def test_what_may_be_either(name):
    assert goal_of_name(name) is None


@pytest.mark.parametrize("word", ["acc", "loss", "mse", "auc", "psnr"])
@pytest.mark.parametrize(
    "turned", ["neg_{}", "inv_{}", "-{}", "1-{}", "1 - {}", "val/neg_{}", "Neg{}"]
)
def test_a_negation_turns_a_name_round(word, turned):
    name = turned.format(word.capitalize() if turned == "Neg{}" else word)
    assert {goal_of_name(word), goal_of_name(name)} == set(GOALS)


@pytest.mark.parametrize(
    "text", ["neg_" * 50_000 + "acc", "a/" * 50_000, "-" * 99_999, "Aa" * 50_000]
)
def test_endless_names_are_read(text):
    assert goal_of_name(text) is None
